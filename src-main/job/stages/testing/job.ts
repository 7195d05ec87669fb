import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunnerConfig } from '../../../../src-shared/config-schema.ts';
import { type JobPayload, parsePayload } from '../../../../src-shared/payload.ts';
import type { ExecutorTraits, ResolvedVariable } from '../../../executors/types.ts';
import { findShell } from '../../../shells/index.ts';
import { shellTraits } from '../../testing/traits.ts';
import type { JobVariables } from '../../variables/types.ts';
import { renderStage, type ScriptStage, type StageContext } from '../index.ts';

const flagsThatAreOn = ['FF_USE_GITALY_CORRELATION_ID', 'FF_USE_GIT_BUNDLE_URIS'];

export interface JobSpec {
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly runner?: Partial<RunnerConfig>;
  readonly variables?: Readonly<Record<string, string | { readonly file: string }>>;
  readonly traits?: Partial<ExecutorTraits>;
  readonly shell?: 'bash' | 'sh' | 'pwsh' | 'powershell';
  readonly hostname?: string;
  readonly serverUrl?: string;
}

/** A temporary folder with what the stages of a job need; relative things are made below it. */
export const createBench = () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'harrier-stages-')));
  const directories = {
    builds: `${root}/builds`,
    cache: `${root}/cache`,
    project: `${root}/builds/tok/0/group/project`,
    temporary: `${root}/builds/tok/0/group/project.tmp`,
  };
  const context = (job: JobSpec): StageContext => ({
    payload: payloadOf(job.payload ?? {}),
    runner: { url: 'http://gitlab.invalid', ...job.runner },
    shell: findShell(job.shell ?? 'bash', process.platform),
    variables: variablesOf(job.variables ?? {}, directories.temporary),
    directories,
    traits: { ...shellTraits, ...job.traits },
    ...(job.hostname === undefined ? {} : { hostname: job.hostname }),
    serverUrl: job.serverUrl ?? 'http://gitlab.invalid',
    jobId: 42,
    systemId: 's_test',
  });
  const run = (stage: ScriptStage | ScriptStage['name'], job: JobSpec, program?: readonly string[]) => {
    const script = renderStage(typeof stage === 'string' ? named(stage) : stage, context(job));
    if (script === undefined) throw new Error('nothing to run');
    return runScript(script, { cwd: root, ...(program ? { program } : { program: [job.shell ?? 'bash'] }) });
  };
  return { root, directories, context, run, close: () => rmSync(root, { recursive: true, force: true }) };
};
export type Bench = ReturnType<typeof createBench>;

const named = (name: ScriptStage['name']): ScriptStage => (name === 'step' ? { name, index: 0 } : { name });

export interface Outcome {
  readonly code: number | null;
  /** stdout and stderr as they came, colours taken out, `\r\x1b[0K` kept readable as `<CR>`. */
  readonly log: string;
  readonly raw: string;
}

/** Runs a script as an executor does: on stdin, both streams into one log. */
export const runScript = (
  script: string,
  { cwd, program, env }: { cwd: string; program: readonly string[]; env?: Record<string, string> },
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const [name = 'sh', ...args] = program;
    const child = spawn(name, args, { cwd, env: { PATH: process.env['PATH'], HOME: cwd, ...env } });
    let raw = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (raw += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (raw += text));
    child.stdin.on('error', () => {});
    child.stdin.end(script);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, raw, log: plain(raw) }));
  });

const plain = (text: string): string => {
  const start = String.fromCharCode(27);
  return text
    .split(start)
    .map((part, index) => (index === 0 ? part : part.replace(/^\[[0-9;]*[mK]/, '')))
    .join('')
    .replaceAll('\r', '<CR>');
};

const payloadOf = (extra: Readonly<Record<string, unknown>>): JobPayload => {
  const result = parsePayload({ id: 42, token: 'job-token', allow_git_fetch: true, ...extra });
  if (!result.ok) throw new Error(result.problem.problems.join('\n'));
  return result.payload;
};

const variablesOf = (given: NonNullable<JobSpec['variables']>, temporary: string): JobVariables => {
  const all = Object.entries(given).map(
    ([key, value]): ResolvedVariable => ({
      key,
      value: typeof value === 'string' ? value : value.file,
      file: typeof value !== 'string',
      public: true,
      masked: false,
      raw: false,
      internal: false,
    }),
  );
  const get = (key: string): string | undefined => {
    const found = all.find((variable) => variable.key === key);
    return found?.file ? `${temporary}/${key}` : found?.value;
  };
  const self: JobVariables = {
    all,
    get,
    expand: (text) => text.replace(/\$(\w+)/g, (_, key: string) => get(key) ?? ''),
    flag: (name) => (get(name) === undefined ? flagsThatAreOn.includes(name) : get(name) === 'true'),
    with: () => self,
  };
  return self;
};

const call = promisify(execFile);

/** git with an identity and without the person's config. */
export const git = async (cwd: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await call(
    'git',
    [
      '-c',
      'user.name=t',
      '-c',
      'user.email=t@t',
      '-c',
      'commit.gpgsign=false',
      '-c',
      'protocol.file.allow=always',
      ...args,
    ],
    {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' },
    },
  );
  return stdout.trim();
};
