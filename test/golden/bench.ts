import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArchiver } from '../../src-main/archive/index.ts';
import { systemClock } from '../../src-main/base/clock.ts';
import { silentLogger } from '../../src-main/base/logger.ts';
import { createShellExecutor, findUser } from '../../src-main/executors/shell/index.ts';
import { createCoordinatorClient, createRunnerInfo } from '../../src-main/gitlab/index.ts';
import { runJob } from '../../src-main/job/index.ts';
import { createTransferStages } from '../../src-main/job/transfer/index.ts';
import type { JobOutcome, RunningJob } from '../../src-main/job/types.ts';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { JobPayload } from '../../src-shared/payload.ts';
import { startTestCoordinator, type TestJob } from '../support/coordinator/index.ts';

export interface GoldenJob {
  readonly script?: readonly string[];
  readonly after?: readonly string[];
  readonly variables?: readonly { key: string; value: string; masked?: boolean; file?: boolean; raw?: boolean }[];
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly runner?: Partial<RunnerConfig>;
  readonly profile?: string;
  /** As whom the job runs. */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onPrinted?: { readonly text: string; readonly act: (job: RunningJob, given: TestJob) => void };
}
export interface GoldenResult {
  readonly outcome: JobOutcome;
  readonly given: TestJob;
  /** Text of each section of the log, colours taken out; '' holds what is outside. */
  readonly sections: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly raw: string;
}

/** Real rooms end to end: the API over HTTP, run loop, stages, shell executor, git, archives. */
export const createGoldenBench = async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'harrier-golden-')));
  const coordinator = await startTestCoordinator();
  const client = createCoordinatorClient({ url: coordinator.url, env: {} }, { clock: systemClock, log: silentLogger });
  const archiver = createArchiver();
  const repository = makeRepository(root);
  const info = createRunnerInfo({ executor: 'shell', shell: 'bash', executorFeatures: [] });
  let count = 0;

  const run = async (job: GoldenJob): Promise<GoldenResult> => {
    count += 1;
    const home = join(root, `home-${count}`);
    const folder = join(root, `job-${count}`);
    for (const path of [home, folder]) mkdirSync(path, { mode: 0o700 });
    if (job.profile !== undefined) writeFileSync(join(home, '.bash_profile'), job.profile);
    const given = coordinator.queue({
      git_info: {
        repo_url: repository.url,
        ref: 'main',
        sha: repository.sha,
        depth: 20,
        refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
      },
      steps: [
        { name: 'script', script: [...(job.script ?? ['true'])] },
        ...(job.after ? [{ name: 'after_script', script: [...job.after] }] : []),
      ],
      ...job.payload,
      variables: [{ key: 'GIT_STRATEGY', value: 'none' }, ...(job.variables ?? [])],
    } as Partial<JobPayload>);
    const answer = await client.requestJob({ token: coordinator.token, systemId: 's_1', info });
    if (answer.kind !== 'job') throw new Error(`no job: ${answer.kind}`);
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm', ...job.env };
    const user = findUser(job.user ?? '');
    const running = runJob(
      {
        client,
        executor: createShellExecutor({ clock: systemClock, env, ...(user ? { user } : {}) }),
        archiver,
        transfer: createTransferStages(),
        clock: systemClock,
        log: silentLogger,
        processEnv: env,
      },
      {
        payload: answer.payload,
        runner: { name: 'golden', url: coordinator.url, token: 'glrt-testtoken1234567890', ...job.runner },
        info,
        systemId: 's_1',
        hostname: 'host',
        banner: 'harrier 0.0.0 (dev)',
        workingDirectory: root,
        slot: { runnerId: 0, projectRunnerId: 0 },
        jobFolder: folder,
        journal: { handle: async () => {}, acknowledged: () => {}, result: async () => {}, told: () => {} },
        onEvent: () => {},
      },
    );
    const { onPrinted } = job;
    if (onPrinted !== undefined) await untilPrinted(running, onPrinted.text).then(() => onPrinted.act(running, given));
    const outcome = await running.done;
    const left = readdirSync(folder).filter((name) => name !== 'trace.log');
    if (left.length > 0) throw new Error(`left behind in the job's folder: ${left.join(', ')}`);
    const raw = given.trace;
    return { outcome, given, raw, ...readSections(raw.replaceAll(root, '{WS}')) };
  };
  return {
    root,
    run,
    async close() {
      await client.close();
      await archiver.close();
      await coordinator.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
export type GoldenBench = Awaited<ReturnType<typeof createGoldenBench>>;

const untilPrinted = async (job: RunningJob, text: string): Promise<void> => {
  const has = async (): Promise<boolean> => (await job.trace.read(0, job.trace.size)).includes(text);
  let wake = (): void => {};
  let grew = false;
  const stop = job.trace.onGrow(() => {
    grew = true;
    wake();
  });
  // What comes while it is looked at counts for the next look.
  while (!(await has())) {
    if (!grew)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    grew = false;
  }
  stop();
};

const readSections = (log: string): Pick<GoldenResult, 'sections' | 'names'> => {
  const sections: Record<string, string> = { '': '' };
  const names: string[] = [];
  let name = '';
  for (const part of log.split(/(section_(?:start|end):\d+:[^\r]*\r\x1b\[0K)/)) {
    const mark = /^section_(start|end):\d+:([^\r[]*)/.exec(part);
    if (mark?.[1] === 'start') {
      name = mark[2] ?? '';
      names.push(name);
    } else if (mark?.[1] === 'end') name = '';
    else sections[name] = (sections[name] ?? '') + part.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '');
  }
  return { sections, names };
};

/** A repository with two commits, folders, and a file that is ignored. */
const makeRepository = (root: string): { readonly url: string; readonly sha: string } => {
  const folder = join(root, 'group', 'project');
  mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
      .toString()
      .trim();
  git('init', '-q', '-b', 'main');
  writeFileSync(join(folder, 'README.md'), 'hello\n');
  writeFileSync(join(folder, 'src', 'a.txt'), 'a\n');
  writeFileSync(join(folder, 'src', 'deep', 'b.txt'), 'b\n');
  writeFileSync(join(folder, '.gitignore'), '*.log\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'one');
  writeFileSync(join(folder, 'README.md'), 'hello\nsecond\n');
  git('commit', '-q', '-a', '-m', 'two');
  git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  return { url: `file://${folder}`, sha: git('rev-parse', 'HEAD') };
};
