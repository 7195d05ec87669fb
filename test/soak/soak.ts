import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { type HarrierProcess, processesWith, startHarrier } from '../support/harrier.ts';
import { accountOf, type Kill, linesOf } from './account.ts';
import { createFaults } from './faults.ts';
import { createJob, type SoakJob } from './jobs.ts';
import { createRandom } from './random.ts';

export interface SoakOptions {
  /** The built command line. */
  readonly cli: string;
  readonly jobs: number;
  readonly seed: number;
  /** How often Harrier is killed, at most; spread over the run by chance. */
  readonly kills: number;
  /** Of all answers of the coordinator. */
  readonly faultShare: number;
  readonly concurrent: number;
  /** The run is given up after this time. */
  readonly limitMs: number;
  readonly say?: (text: string) => void;
  /** Everything stays on the disk for a look. */
  readonly keep?: boolean;
}

/** What the run came to; `problems` is empty when nothing was lost. */
export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly jobs: number;
  readonly acknowledged: number;
  readonly finalAnswers: number;
  readonly repeatedAnswers: number;
  readonly interrupted: number;
  readonly kills: number;
  readonly requests: number;
  readonly faults: number;
  readonly logBytes: number;
  readonly problems: readonly string[];
  readonly folder: string;
}

/**
 * Runs jobs through a real `harrier run` while the coordinator answers wrongly and Harrier is killed again and again,
 * then holds the books against each other: every acknowledged job has one final answer, every log is whole, nothing is
 * left. What chance decides comes from the seed; when things meet is the machine's own affair.
 */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { seed, say = () => {} } = options;
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'harrier-soak-'));
  const progress = join(folder, 'progress');
  mkdirSync(progress);
  const mark = `soak-${process.pid}-${seed}`;
  const faults = createFaults(createRandom(seed + 1), options.faultShare);
  const coordinator = await startTestCoordinator({ faultOf: faults.faultOf, takeBackMs: 4000, traceInterval: 1 });
  const config = join(folder, 'config.toml');
  writeFileSync(
    config,
    `concurrent = ${options.concurrent}\ncheck_interval = 1\n[[runners]]\n  name = "soak"\n  url = "${coordinator.url}"\n` +
      `  token = "${coordinator.token}"\n  executor = "shell"\n  request_concurrency = 4\n  output_limit = 20000\n`,
    { mode: 0o600 },
  );
  const asked: SoakJob[] = Array.from({ length: options.jobs }, (_, index) =>
    createJob(random, index, { mark, folder: progress }),
  );
  const started = performance.now();
  const jobs = asked.map(({ spec }) => coordinator.queue(spec));
  for (const [index, job] of jobs.entries())
    if (asked[index]?.canceled) void job.printed('soak 1').then(() => job.cancel());

  let ended = 0;
  for (const job of jobs) void job.done.then(() => (ended += 1));
  const all = Promise.all(jobs.map(({ done }) => done)).then(() => 'all' as const);
  const over = new Promise<'over'>((resolve) => setTimeout(() => resolve('over'), options.limitMs).unref());
  const kills: Kill[] = [];
  const logFile = join(folder, 'harrier.log');
  const start = (): HarrierProcess => startHarrier({ cli: options.cli, config, home: folder, logFile });
  let harrier = start();
  // Kills are dealt out by progress, so that a slow machine sees as many as a fast one.
  const killAfter = Array.from({ length: options.kills }, () => Math.floor(random.next() * options.jobs * 0.9)).sort(
    (a, b) => a - b,
  );
  let end: 'all' | 'over' | 'going' = 'going';
  for (let lastSaid = 0; end === 'going'; ) {
    end = await Promise.race([all, over, pause(random.between(20, 200)).then(() => 'going' as const)]);
    if (performance.now() - lastSaid > 10_000) {
      lastSaid = performance.now();
      say(`${ended} of ${options.jobs} jobs, ${kills.length} kills, ${faults.counts.faults} faults`);
    }
    const due = killAfter[kills.length];
    if (end !== 'going' || due === undefined || ended < due) continue;
    await pause(random.between(0, 1500));
    const kept = keptLines(folder);
    kills.push({ atMs: Date.now(), kept });
    harrier.process.kill('SIGKILL');
    await harrier.ended;
    harrier = start();
    // Now and then while it still clears up after the kill before.
    if (random.next() < 0.7) await pause(random.between(500, 3000));
  }
  // The last start may be a moment old: it is given the time to finish what a kill has left, then told to end.
  await harrier.said('Starting multi-runner');
  for (let tries = 0; tries < 150 && leftovers(folder, mark).length > 0; tries += 1) await pause(100);
  harrier.process.kill('SIGTERM');
  const code = await Promise.race([harrier.ended, pause(90_000).then(() => 'hangs' as const)]);
  const problems = jobs.flatMap((job, index) => accountOf(job, asked[index] as SoakJob, kills));
  if (code !== 0) problems.push(`the last Harrier ended with ${code}`);
  if (code === 'hangs') harrier.process.kill('SIGKILL');
  if (end === 'over') problems.push(`given up after ${options.limitMs / 1000} s`);
  problems.push(...leftovers(folder, mark), ...coordinator.problems.filter((text) => !isOfKill(text)));
  const report: SoakReport = {
    seed,
    seconds: Math.round((performance.now() - started) / 1000),
    jobs: jobs.length,
    acknowledged: jobs.filter(({ states }) => states.includes('running')).length,
    finalAnswers: sum(jobs.map(({ updates }) => updates.filter(({ state }) => state !== 'running').length)),
    repeatedAnswers: sum(jobs.map(({ finals }) => Math.max(0, finals.length - 1))),
    interrupted: jobs.filter(({ updates }) => updates.at(-1)?.['failure_reason'] === 'runner_system_failure').length,
    kills: kills.length,
    requests: faults.counts.requests,
    faults: faults.counts.faults,
    logBytes: sum(jobs.map(({ traceBytes }) => traceBytes.length)),
    problems,
    folder,
  };
  await coordinator.close();
  if (!options.keep) rmSync(folder, { recursive: true, force: true });
  return report;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** A kill between the journal and the acknowledgement: the next start has a log for a job that was never its own. */
const isOfKill = (text: string): boolean => /before the job was acknowledged|that was never acknowledged/.test(text);

/** One folder for each config file; undefined before Harrier has made it. */
const dataOf = (folder: string): string | undefined => {
  const data = join(folder, 'data');
  const [name] = existsSync(data) ? readdirSync(data) : [];
  return name === undefined ? undefined : join(data, name);
};

/** How many lines of each job, by its id, lie in the files of Harrier. */
function keptLines(folder: string): Map<number, number> {
  const jobs = join(dataOf(folder) ?? folder, 'jobs');
  const lines = new Map<number, number>();
  for (const name of existsSync(jobs) ? readdirSync(jobs) : []) {
    const [trace, id] = [join(jobs, name, 'trace.log'), Number(/\d+$/.exec(name)?.[0])];
    if (existsSync(trace)) lines.set(id, linesOf(readFileSync(trace, 'utf8')).length);
  }
  return lines;
}

/** Processes of jobs, open entries of the journal, and job folders that no history knows. */
function leftovers(folder: string, mark: string): string[] {
  const problems: string[] = [];
  const processes = processesWith(`SOAK_MARK=${mark}`);
  if (processes.length > 0) problems.push(`processes are left: ${processes.join(', ')}`);
  const data = dataOf(folder) ?? folder;
  const kept = new Set(
    readFileSync(join(data, 'history.ndjson'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { folder: string }).folder),
  );
  for (const name of readdirSync(join(data, 'jobs'))) {
    const job = join(data, 'jobs', name);
    if (!kept.has(job)) problems.push(`the folder ${name} is left`);
    const files = readdirSync(job).filter((file) => file !== 'trace.log');
    if (files.length > 0) problems.push(`in the folder ${name} are left: ${files.join(', ')}`);
  }
  const taken = new Map<string, boolean>();
  for (const line of readFileSync(join(data, 'journal'), 'utf8').split('\n').filter(Boolean)) {
    const { kind, key } = JSON.parse(line) as { kind: string; key: string };
    taken.set(key, kind !== 'ended');
  }
  for (const [key, isOpen] of taken) if (isOpen) problems.push(`the journal still holds ${key}`);
  return problems;
}
