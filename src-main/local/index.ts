import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import type { JobState, PipelineView, Problem } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CompiledPipeline } from './compile/model.ts';
import { type CompileInput, compileYaml } from './compile/pipeline.ts';
import { variable } from './compile/variables.ts';
import { type CoordinatorServer, startServer } from './coordinator.ts';
import { openCounters } from './counters.ts';
import { createProblems, throwProblems } from './problems.ts';
import { createPipeline, type PipelineInstance } from './run.ts';
import { selectJobs } from './select-jobs.ts';
import { type Repository, readRepository } from './serve/repository.ts';
import { takeSnapshot } from './serve/snapshot.ts';
import { createTreeFacts, type FactSource, snapshotSource, workTreeSource } from './tree-facts.ts';
import { predefinedVariables } from './variables.ts';
import { openWorkFolder } from './work-folder.ts';

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
  const about: About = { sha: repository.head, pipelineId: 0, url: 'http://127.0.0.1', nowIso: '', variables: {} };
  const { compiled, problems } = await compile(repository, workTreeSource(repository), about);
  return {
    jobs: compiled.jobs.map(({ name, stage, when, needs }) => ({
      name,
      stage,
      when,
      needs: (needs ?? []).map(({ job }) => job),
    })),
    problems,
  };
}

/** Ended pipelines whose snapshot and artifacts are kept, for a look at what a job made. */
const mostEnded = 10;

/** The coordinator of local pipelines. `runnerKeyOf`: how the engine names its runner in job keys. */
export async function startLocalCoordinator(deps: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly dataFolder: string;
  readonly runnerKeyOf?: (url: string, token: string) => string;
}): Promise<LocalCoordinator> {
  const { clock, dataFolder } = deps;
  const workFolder = await openWorkFolder(dataFolder);
  const counters = await openCounters(join(dataFolder, 'counters.json'));
  const server = await startServer(deps);
  const runnerKey = deps.runnerKeyOf?.(server.url, server.runnerToken) ?? 'local';
  const instances = new Set<PipelineInstance>();
  const folderOf = (id: number): string => join(workFolder, `p-${id}`);

  /** Compiles before anything else is told of the pipeline: one that is wrong leaves nothing behind. */
  const make = async (request: PipelineRequest, id: number): Promise<PipelineInstance> => {
    const repository = await readRepository(request.folder);
    requireConfig(repository);
    const folder = folderOf(id);
    const snapshot = await takeSnapshot(repository, join(folder, 'repository.git'), id);
    const nowIso = new Date(clock.now()).toISOString();
    const about = { sha: snapshot.sha, pipelineId: id, url: server.url, nowIso, variables: request.variables ?? {} };
    const { compiled, problems } = await compile(repository, snapshotSource(snapshot), about);
    throwProblems(problems);
    return createPipeline(
      {
        id,
        repository,
        snapshot,
        compiled: request.jobs ? selectJobs(compiled, request.jobs) : compiled,
        predefined: predefinedVariables({ repository, ...about }),
        runVariables: runVariables(about.variables),
      },
      { clock, folder, nextJobId: () => counters.next('job'), onReady: server.wake },
    );
  };
  const forget = async (instance: PipelineInstance): Promise<void> => {
    instances.delete(instance);
    server.remove(instance);
    await rm(folderOf(instance.id), { recursive: true, force: true }).catch(() => {});
  };

  return {
    url: server.url,
    runnerToken: server.runnerToken,
    async runPipeline(request) {
      const id = counters.next('pipeline');
      const instance = await make(request, id).catch(async (error) => {
        await rm(folderOf(id), { recursive: true, force: true }).catch(() => {});
        throw error;
      });
      const ended = [...instances].filter(({ over }) => over());
      await Promise.all(ended.slice(0, Math.max(0, ended.length - mostEnded)).map(forget));
      instances.add(instance);
      server.add(instance);
      // Listeners of the caller come first: it must not miss the first lines.
      queueMicrotask(() => instance.begin());
      return {
        id: instance.key,
        view: () => instance.view(runnerKey),
        onChange: instance.onChange,
        onLog: (listener) => followLogs(server, instance, listener),
        cancel: instance.cancel,
        done: instance.done,
      };
    },
    async close() {
      for (const instance of instances) instance.cancel();
      await server.close();
      await counters.flush();
      // Logs live on in the history; snapshots and artifacts of an ended app are of no more use.
      await rm(workFolder, { recursive: true, force: true }).catch(() => {});
    },
  };
}

/** The logs of one pipeline as text; a character that two chunks share is put together. */
function followLogs(
  server: CoordinatorServer,
  instance: PipelineInstance,
  listener: (job: string, text: string) => void,
): () => void {
  const decoders = new Map<number, { decode(chunk: Buffer, options: { stream: boolean }): string }>();
  return server.onLog((attempt, chunk) => {
    if (attempt.pipeline !== instance) return;
    const decoder = decoders.get(attempt.id) ?? new TextDecoder();
    decoders.set(attempt.id, decoder);
    listener(attempt.run.job.name, decoder.decode(chunk, { stream: true }));
  });
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
/** Rules of included files may ask for more than those that include them; no honest file asks more often. */
const mostRounds = 5;

async function compile(
  repository: Repository,
  source: FactSource,
  about: About,
): Promise<{ readonly compiled: CompiledPipeline; readonly problems: readonly Problem[] }> {
  const facts = createTreeFacts(repository, source);
  const input: CompileInput = {
    folder: repository.root,
    file: configFile,
    predefined: predefinedVariables({ repository, ...about }),
    runVariables: runVariables(about.variables),
    facts: { files: facts.files, changed: facts.changed, ref: repository.ref, isTag: false, source: 'push' },
    hashFiles: facts.hashFiles,
  };
  for (let round = 1; ; round += 1) {
    const problems = createProblems();
    const compiled = compileYaml(input, problems);
    if (round === mostRounds || !(await facts.fetch())) return { compiled, problems: problems.list };
  }
}

const runVariables = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([key, value]) => variable(key, value));
