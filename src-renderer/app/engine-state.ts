import type {
  EngineSnapshot,
  JobView,
  KeptView,
  PipelineView,
  RunnerView,
  SnapshotPatch,
  TerminalView,
} from '../../src-shared/ipc.ts';

/** Everything of the snapshot but its lists. */
export type EngineFacts = Omit<EngineSnapshot, 'runners' | 'jobs' | 'pipelines' | 'terminals' | 'kept'>;

/** The engine as it last told. Lists keep their identity while nothing in them changes. */
export interface EngineData {
  readonly facts: EngineFacts;
  readonly runners: readonly RunnerView[];
  /** Newest first. */
  readonly jobs: readonly JobView[];
  readonly jobByKey: ReadonlyMap<string, JobView>;
  readonly pipelines: readonly PipelineView[];
  /** In the order in which they were opened. */
  readonly terminals: readonly TerminalView[];
  readonly kept: readonly KeptView[];
}

export function fromSnapshot(snapshot: EngineSnapshot): EngineData {
  const { runners, jobs, pipelines, terminals, kept, ...facts } = snapshot;
  return { facts, runners, jobs: sortJobs(jobs), jobByKey: byKey(jobs), pipelines, terminals, kept };
}

/** Absent keys are unchanged, `null` means gone; list items replace those with their key. */
export function applyPatch(data: EngineData, patch: SnapshotPatch): EngineData {
  const { runners, jobs, pipelines, terminals, kept, removed, ...facts } = patch;
  const changedFacts = Object.entries(facts).filter(([, value]) => value !== undefined);
  const nextJobs = jobs !== undefined || removed?.jobs !== undefined ? mergeJobs(data, jobs, removed?.jobs) : undefined;
  return {
    facts:
      changedFacts.length === 0
        ? data.facts
        : { ...data.facts, ...Object.fromEntries(changedFacts.map(([key, value]) => [key, value ?? undefined])) },
    runners: merge(data.runners, runners, removed?.runners, (runner) => runner.key),
    jobs: nextJobs?.jobs ?? data.jobs,
    jobByKey: nextJobs?.jobByKey ?? data.jobByKey,
    pipelines: merge(data.pipelines, pipelines, removed?.pipelines, (pipeline) => pipeline.id, 'first'),
    terminals: merge(data.terminals, terminals, removed?.terminals, (terminal) => terminal.id),
    kept: merge(data.kept, kept, removed?.kept, (each) => each.key, 'first'),
  };
}

function merge<T>(
  list: readonly T[],
  changed: readonly T[] | undefined,
  removed: readonly string[] | undefined,
  keyOf: (item: T) => string,
  place: 'first' | 'last' = 'last',
): readonly T[] {
  if (changed === undefined && removed === undefined) return list;
  const news = new Map((changed ?? []).map((item) => [keyOf(item), item]));
  const gone = new Set(removed);
  const kept: T[] = [];
  for (const item of list) {
    const key = keyOf(item);
    if (gone.has(key)) continue;
    kept.push(news.get(key) ?? item);
    news.delete(key);
  }
  return place === 'last' ? [...kept, ...news.values()] : [...news.values(), ...kept];
}

/** 10,000 jobs: most patches change one that is there, which must not sort the list again. */
function mergeJobs(
  data: EngineData,
  changed: readonly JobView[] = [],
  removed: readonly string[] = [],
): Pick<EngineData, 'jobs' | 'jobByKey'> {
  const jobByKey = new Map(data.jobByKey);
  for (const key of removed) jobByKey.delete(key);
  let sorted = true;
  for (const job of changed) {
    if (jobByKey.get(job.key)?.startedMs !== job.startedMs) sorted = false;
    jobByKey.set(job.key, job);
  }
  const jobs = sorted ? data.jobs.flatMap((job) => jobByKey.get(job.key) ?? []) : sortJobs([...jobByKey.values()]);
  return { jobs, jobByKey };
}

const byKey = (jobs: readonly JobView[]): ReadonlyMap<string, JobView> => new Map(jobs.map((job) => [job.key, job]));
const sortJobs = (jobs: readonly JobView[]): readonly JobView[] =>
  [...jobs].sort((a, b) => b.startedMs - a.startedMs || (a.key < b.key ? 1 : -1));
