import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import type { JobState, PipelineView, Problem } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CompiledJob, CompiledPipeline } from './compile/model.ts';
import { compileYaml } from './compile/pipeline.ts';
import { variable } from './compile/variables.ts';
import { startServer } from './coordinator.ts';
import { createProblems, throwProblems } from './problems.ts';
import { createPipeline, type PipelineInstance } from './run.ts';
import { git, tryGit } from './serve/git.ts';
import { type Repository, readRepository } from './serve/repository.ts';
import { type Snapshot, takeSnapshot } from './serve/snapshot.ts';
import { predefinedVariables } from './variables.ts';

export interface PipelineRequest {
  readonly folder: string;
  /** Only these jobs and what they need. */
  readonly jobs?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}
export interface PipelineRun {
  readonly id: string;
  view(): PipelineView;
  onChange(listener: () => void): () => void;
  /** Bytes of the jobs' logs as they arrive, from now on. */
  onLog(listener: (job: string, chunk: string) => void): () => void;
  cancel(): void;
  readonly done: Promise<{ readonly state: JobState; readonly failedJobs: readonly string[] }>;
}
export interface LocalCoordinator {
  readonly url: string;
  readonly runnerToken: string;
  runPipeline(request: PipelineRequest): Promise<PipelineRun>;
  close(): Promise<void>;
}
export interface JobSummary {
  readonly name: string;
  readonly stage: string;
  readonly when: string;
  readonly needs: readonly string[];
}

const configFile = '.gitlab-ci.yml';

/** The jobs of a folder's pipeline, or what is wrong with it. Nothing is run or written. */
export async function compilePipeline(
  folder: string,
): Promise<{ readonly jobs: readonly JobSummary[]; readonly problems: readonly Problem[] }> {
  const repository = await readRepository(folder);
  requireConfig(repository);
  const problems = createProblems();
  const compiled = compile(
    repository,
    await workTreeFacts(repository),
    { sha: repository.head, pipelineId: 0, url: 'http://127.0.0.1', nowIso: '', variables: {} },
    problems,
  );
  return {
    jobs: compiled.jobs.map(({ name, stage, when, needs }) => ({
      name,
      stage,
      when,
      needs: (needs ?? []).map(({ job }) => job),
    })),
    problems: problems.list,
  };
}

/** The coordinator of local pipelines. `runnerKeyOf`: how the engine names its runner in job keys. */
export async function startLocalCoordinator(deps: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly dataFolder: string;
  readonly runnerKeyOf?: (url: string, token: string) => string;
}): Promise<LocalCoordinator> {
  const { clock, dataFolder } = deps;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const counters = await openCounters(join(dataFolder, 'counters.json'));
  const server = await startServer(deps);
  const runnerKey = deps.runnerKeyOf?.(server.url, server.runnerToken) ?? 'local';
  const instances: PipelineInstance[] = [];

  return {
    url: server.url,
    runnerToken: server.runnerToken,
    async runPipeline(request) {
      const repository = await readRepository(request.folder);
      requireConfig(repository);
      const pipelineId = counters.next('pipeline');
      const folder = join(dataFolder, `p-${pipelineId}`);
      const snapshotTaken = takeSnapshot(repository, join(folder, 'repository.git'), pipelineId);
      const problems = createProblems();
      const snapshot = await snapshotTaken;
      const files = await lazyFiles(repository, snapshot);
      const about = {
        sha: snapshot.sha,
        pipelineId,
        url: server.url,
        nowIso: new Date(clock.now()).toISOString(),
        variables: request.variables ?? {},
      };
      const whole = compile(repository, files, about, problems);
      throwProblems(problems.list);
      const compiled = request.jobs ? onlyJobs(whole, request.jobs) : whole;
      const instance = createPipeline(
        {
          id: pipelineId,
          repository,
          snapshot,
          compiled,
          predefined: predefinedVariables({ repository, ...about }),
          runVariables: runVariables(about.variables),
        },
        { clock, folder, nextJobId: () => counters.next('job'), onReady: server.wake },
      );
      instances.push(instance);
      server.add(instance);
      // Listeners of the caller come first: it must not miss the first lines.
      queueMicrotask(() => instance.begin());
      return {
        id: instance.key,
        view: () => instance.view(runnerKey),
        onChange: instance.onChange,
        onLog: (listener) => {
          const decoders = new Map<number, InstanceType<typeof TextDecoder>>();
          return server.onLog((attempt, chunk) => {
            if (attempt.pipeline !== instance) return;
            const decoder = decoders.get(attempt.id) ?? new TextDecoder();
            decoders.set(attempt.id, decoder);
            listener(attempt.run.job.name, decoder.decode(chunk, { stream: true }));
          });
        },
        cancel: instance.cancel,
        done: instance.done,
      };
    },
    async close() {
      for (const instance of instances) instance.cancel();
      await server.close();
      // Logs live on in the history; snapshots and artifacts of an ended app are of no more use.
      for (const { id } of instances) await rm(join(dataFolder, `p-${id}`), { recursive: true, force: true });
    },
  };
}

function requireConfig({ root }: Repository): void {
  if (!existsSync(join(root, configFile)))
    throw new HarrierError('PIPELINE_NO_YAML', `there is no ${configFile} in ${root}`);
}

interface About {
  readonly sha: string;
  readonly pipelineId: number;
  readonly url: string;
  readonly nowIso: string;
  readonly variables: Readonly<Record<string, string>>;
}
interface TreeFacts {
  readonly files: () => readonly string[];
  readonly changed: (compareTo: string | undefined) => readonly string[] | undefined;
  readonly hashFiles: (files: readonly string[]) => string | undefined;
}

function compile(
  repository: Repository,
  tree: TreeFacts,
  about: About,
  problems: ReturnType<typeof createProblems>,
): CompiledPipeline {
  return compileYaml(
    {
      folder: repository.root,
      file: configFile,
      predefined: predefinedVariables({ repository, ...about }),
      runVariables: runVariables(about.variables),
      facts: { files: tree.files, changed: tree.changed, ref: repository.ref, isTag: false, source: 'push' },
      hashFiles: tree.hashFiles,
    },
    problems,
  );
}

const runVariables = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([key, value]) => variable(key, value));

/** `exec JOB…`: these and, through needs or stages, everything before them. */
function onlyJobs(compiled: CompiledPipeline, names: readonly string[]): CompiledPipeline {
  const byName = new Map(compiled.jobs.map((job) => [job.name, job]));
  const wanted = new Set<CompiledJob>();
  const want = (job: CompiledJob): void => {
    if (wanted.has(job)) return;
    wanted.add(job);
    for (const need of job.needs ?? []) {
      const other = byName.get(need.job);
      if (other !== undefined) want(other);
    }
  };
  for (const name of names) {
    const found = compiled.jobs.filter(
      (job) => job.name === name || job.name.startsWith(`${name} `) || job.name.startsWith(`${name}: [`),
    );
    if (found.length === 0)
      throw new HarrierError(
        'PIPELINE_JOB_UNKNOWN',
        `there is no job "${name}" in this pipeline (${[...byName.keys()].join(', ')})`,
      );
    for (const job of found) want(job);
  }
  // A job that was asked for by name is wanted now: a manual one does not wait for another click.
  const jobs = compiled.jobs
    .filter((job) => wanted.has(job))
    .map((job) =>
      job.when === 'manual' && names.includes(job.name)
        ? { ...job, when: 'always' as const, allowFailure: false }
        : job,
    );
  const stages = compiled.stages.filter((stage) => jobs.some((job) => job.stage === stage));
  return { ...compiled, jobs, stages };
}

/** Facts of the snapshot that only some files ask for: fetched before the compile only when the text mentions them. */
async function lazyFiles(repository: Repository, snapshot: Snapshot): Promise<TreeFacts> {
  const text = await readFile(join(repository.root, configFile), 'utf8').catch(() => '');
  if (!asksForFiles(text)) return { files: () => [], changed: () => undefined, hashFiles: () => undefined };
  const at = { cwd: snapshot.folder };
  const [listing, base] = await Promise.all([git(['ls-tree', '-r', '-z', snapshot.sha], at), baseOf(repository)]);
  const blobs = new Map(
    listing
      .split('\0')
      .filter(Boolean)
      .map((line): [string, string] => [line.slice(line.indexOf('\t') + 1), line.split(/\s/)[2] ?? '']),
  );
  const diff = base === undefined ? undefined : await tryGit(['diff', '--name-only', '-z', base, snapshot.sha], at);
  return {
    files: () => [...blobs.keys()],
    changed: () => diff?.split('\0').filter(Boolean),
    hashFiles: (files) => {
      const found = files.map((file) => blobs.get(file)).filter((id) => id !== undefined);
      return found.length > 0 ? createHash('sha1').update(found.sort().join('')).digest('hex') : undefined;
    },
  };
}

/** The same of the work tree itself, without a snapshot: for the list of jobs. */
async function workTreeFacts(repository: Repository): Promise<TreeFacts> {
  const text = await readFile(join(repository.root, configFile), 'utf8').catch(() => '');
  if (!asksForFiles(text)) return { files: () => [], changed: () => undefined, hashFiles: () => undefined };
  const at = { cwd: repository.root };
  const listing = await git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], at);
  const files = [...new Set(listing.split('\0').filter(Boolean))];
  const base = await baseOf(repository);
  const diff = base === undefined ? undefined : await tryGit(['diff', '--name-only', '-z', base], at);
  const untracked = (await tryGit(['ls-files', '-z', '--others', '--exclude-standard'], at)) ?? '';
  return {
    files: () => files,
    changed: () => (diff === undefined ? undefined : [...diff.split('\0'), ...untracked.split('\0')].filter(Boolean)),
    // Which files make a cache key changes nothing in the list of jobs.
    hashFiles: () => undefined,
  };
}

const asksForFiles = (text: string): boolean => /\b(?:exists|changes|files|include)\b/.test(text);

/** What `changes` compares with: the merge base with the default branch, else the commit before. */
async function baseOf(repository: Repository): Promise<string | undefined> {
  const at = { cwd: repository.root };
  const base = await tryGit(['merge-base', repository.head, `refs/remotes/origin/${repository.defaultBranch}`], at);
  if (base !== undefined && base !== repository.head) return base;
  return (await tryGit(['rev-parse', '--verify', '--quiet', `${repository.head}^`], at)) || undefined;
}

/** Ids are never used twice, also over restarts. */
async function openCounters(path: string): Promise<{ next(name: 'pipeline' | 'job'): number }> {
  const kept = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, number>,
    () => ({}) as Record<string, number>,
  );
  let writing = Promise.resolve();
  return {
    next(name) {
      kept[name] = (kept[name] ?? 0) + 1;
      const text = JSON.stringify(kept);
      writing = writing.then(() => writeFile(path, text, { mode: 0o600 })).catch(() => {});
      return kept[name];
    },
  };
}
