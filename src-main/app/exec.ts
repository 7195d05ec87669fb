import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import type { JobView, PipelineView } from '../../src-shared/ipc.ts';
import { createAppLog } from '../observe/log.ts';
import type { ExecFlags } from './flags.ts';

/** Where `exec` writes: the lines of the jobs to stdout, what is said about them to stderr. */
export interface ExecOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colours: boolean;
}

/**
 * `harrier exec`: compiles a repository's `.gitlab-ci.yml` and runs it on the embedded coordinator and the same engine
 * that serves GitLab. Answers the exit code: 0 passed, 1 failed, 2 the pipeline could not be made.
 */
export async function runExec(flags: ExecFlags, output: ExecOutput): Promise<number> {
  const folder = resolve(flags.cwd ?? '.');
  if (flags.list) return listJobs(folder, output);
  const { createLocalPipelines } = await import('./local-pipelines.ts');
  const log = createAppLog({
    level: flags.debug ? 'debug' : 'error',
    write: output.err,
    nowMs: Date.now,
    colour: false,
  });
  const dataFolder = await mkdtemp(join(tmpdir(), 'harrier-exec-'));
  const printer = createPrinter(output);
  const pipelines = createLocalPipelines({
    dataFolder,
    log,
    env: process.env,
    ...(flags.concurrent !== undefined ? { concurrent: flags.concurrent } : {}),
    onChange: () => follow(),
    onJobEnded: ({ view }) => {
      follow();
      const jobs = pipelines.views.flatMap(({ stages }) => stages.flatMap((stage) => stage.jobs));
      printer.ended(view, jobs.find(({ name }) => name === view.name)?.state === 'warning');
      running.delete(view.key);
      if (running.size === 0) lastEnded?.();
    },
  });
  /** Reads each job's spool as it grows: what a job prints is on the screen at once, not at the pace of the uploads. */
  const followed = new Map<object, () => Promise<void>>();
  /** The pipeline is over when GitLab's side knows its result; the last job may be cleaning up still. */
  const running = new Set<string>();
  let lastEnded: (() => void) | undefined;
  const follow = (): void => {
    for (const { key, name } of pipelines.engine?.view().jobs ?? []) {
      const job = pipelines.engine?.job(key);
      if (job === undefined || followed.has(job)) continue;
      let at = 0;
      let reading: Promise<void> = Promise.resolve();
      const decoder = new TextDecoder();
      const read = async (): Promise<void> => {
        while (at < job.trace.size) {
          const chunk = await job.trace.read(at, Math.min(job.trace.size - at, 1024 * 1024));
          at += chunk.length;
          printer.log(name, decoder.decode(chunk, { stream: true }));
        }
      };
      const more = (): Promise<void> => {
        reading = reading.then(read);
        return reading;
      };
      job.trace.onGrow(() => void more());
      followed.set(job, more);
      running.add(key);
      void more();
    }
  };
  const stop = (): void => void pipelines.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const run = await pipelines.run({
      folder,
      ...(flags.jobs.length > 0 ? { jobs: flags.jobs } : {}),
      ...(flags.variables ? { variables: flags.variables } : {}),
    });
    const { state, failedJobs } = await run.done;
    for (const rest of followed.values()) await rest();
    if (running.size > 0)
      await new Promise<void>((done) => {
        lastEnded = done;
      });
    printer.end();
    output.err(`${lastWord(state, failedJobs, run.view())}\n`);
    return state === 'passed' || state === 'warning' ? 0 : 1;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await pipelines.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

function lastWord(state: string, failedJobs: readonly string[], view: PipelineView): string {
  if (failedJobs.length > 0) return `Pipeline failed: ${failedJobs.join(', ')}`;
  const allowed = view.stages.flatMap(({ jobs }) => jobs.flatMap((job) => (job.state === 'warning' ? [job.name] : [])));
  const time = `${(((view.endedMs ?? view.startedMs) - view.startedMs) / 1000).toFixed(1)} s`;
  if (allowed.length > 0) return `Pipeline passed in ${time}; failed, but allowed to: ${allowed.join(', ')}`;
  return `Pipeline ${state} in ${time}`;
}

async function listJobs(folder: string, { out, err }: ExecOutput): Promise<number> {
  const { compilePipeline } = await import('../local/index.ts');
  const { jobs, problems } = await compilePipeline(folder);
  if (problems.length > 0) {
    for (const { message, code } of problems) err(`${code}: ${message}\n`);
    return 2;
  }
  const width = (pick: (job: (typeof jobs)[number]) => string, head: string): number =>
    jobs.reduce((most, job) => Math.max(most, pick(job).length), head.length);
  const name = width((job) => job.name, 'JOB');
  const stage = width((job) => job.stage, 'STAGE');
  const when = width((job) => job.when, 'WHEN');
  const row = (a: string, b: string, c: string, d: string): void =>
    out(`${`${a.padEnd(name)}  ${b.padEnd(stage)}  ${c.padEnd(when)}  ${d}`.trimEnd()}\n`);
  row('JOB', 'STAGE', 'WHEN', 'NEEDS');
  for (const job of jobs) row(job.name, job.stage, job.when, job.needs.join(', '));
  return 0;
}

/** Interleaves the logs of parallel jobs line by line, each line behind the name of its job. */
function createPrinter({ out, colours }: ExecOutput) {
  const rest = new Map<string, string>();
  const hues = [36, 35, 34, 33, 32, 96, 95, 94];
  const hueOf = new Map<string, number>();
  const prefix = (job: string): string => {
    if (!colours) return `${job} | `;
    const hue = hueOf.get(job) ?? hues[hueOf.size % hues.length] ?? 36;
    hueOf.set(job, hue);
    return `\x1b[${hue}m${job} |\x1b[0m `;
  };
  const line = (job: string, text: string): void => {
    const shown = readable(text, colours);
    if (shown !== undefined) out(`${prefix(job)}${shown}\n`);
  };
  return {
    log(job: string, chunk: string) {
      const parts = ((rest.get(job) ?? '') + chunk).split('\n');
      rest.set(job, parts.pop() ?? '');
      for (const text of parts) line(job, text);
    },
    ended({ name, state, startedMs, endedMs }: JobView, allowed: boolean) {
      const seconds = (((endedMs ?? startedMs) - startedMs) / 1000).toFixed(1);
      out(`${prefix(name)}${state} in ${seconds} s${allowed ? ', allowed to fail' : ''}\n`);
    },
    end() {
      for (const [job, text] of rest) if (text !== '') line(job, text);
      rest.clear();
    },
  };
}

/** A line as a terminal shows it: without section markers, without the line header of timestamps. */
function readable(text: string, colours: boolean): string | undefined {
  const body = text
    .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [0-9a-f]{2}[OE][ +]/, '')
    .replace(/section_(?:start|end):\d+:[^\r]*\r(?:\x1b\[0K)?/g, '');
  if (body === '' && text !== '') return undefined;
  return colours ? body : body.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
}

/** The exit code of what was thrown, after it was told. */
export function tellFailure(error: unknown, err: (text: string) => void): number {
  if (!(error instanceof HarrierError)) throw error;
  err(`${error.code}: ${error.message}\n${error.hint}\n`);
  return error.code.startsWith('PIPELINE_') ? 2 : 1;
}
