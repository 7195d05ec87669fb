import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import type { JobState, PipelineView, Problem } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CompiledPipeline } from './compile/model.ts';
import { type CompileInput, compileYaml } from './compile/pipeline.ts';
import { variable } from './compile/variables.ts';
import { startServer } from './coordinator.ts';
import { openCounters } from './counters.ts';
import { createProblems, throwProblems } from './problems.ts';
import { createPipeline, type PipelineInstance } from './run.ts';
import { selectJobs } from './select-jobs.ts';
import { type Repository, readRepository } from './serve/repository.ts';
import { takeSnapshot } from './serve/snapshot.ts';
import { createTreeFacts, type FactSource, snapshotSource, workTreeSource } from './tree-facts.ts';
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
      const snapshot = await snapshotTaken;
      const about: About = {
        sha: snapshot.sha,
        pipelineId,
        url: server.url,
        nowIso: new Date(clock.now()).toISOString(),
        variables: request.variables ?? {},
      };
      const { compiled: whole, problems } = await compile(repository, snapshotSource(snapshot), about);
      throwProblems(problems);
      const compiled = request.jobs ? selectJobs(whole, request.jobs) : whole;
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
