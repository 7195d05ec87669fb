import { HarrierError } from '../../src-shared/errors.ts';
import { nearest } from '../../src-shared/nearest.ts';
import type { CompiledJob, CompiledPipeline } from './compile/model.ts';

/**
 * `exec JOB…`: these jobs and those whose results they get: through `needs` or `dependencies`, and for a job without
 * them the jobs of earlier stages that hand on artifacts. Throws PIPELINE_JOB_UNKNOWN.
 */
export function selectJobs(compiled: CompiledPipeline, names: readonly string[]): CompiledPipeline {
  const byName = new Map(compiled.jobs.map((job) => [job.name, job]));
  const asked = new Set(names.flatMap((name) => findJobs(compiled, name)));
  const wanted = new Set<CompiledJob>();
  const queue = [...asked];
  for (let job = queue.pop(); job !== undefined; job = queue.pop()) {
    if (wanted.has(job)) continue;
    wanted.add(job);
    const named = job.needs?.map((need) => need.job) ?? job.dependencies;
    queue.push(...(named ? named.flatMap((name) => byName.get(name) ?? []) : givers(job, compiled)));
  }
  const jobs = compiled.jobs.filter((job) => wanted.has(job)).map((job) => (asked.has(job) ? atOnce(job) : job));
  return { ...compiled, jobs, stages: compiled.stages.filter((stage) => jobs.some((job) => job.stage === stage)) };
}

/** A job that was asked for by name waits for no click and for no failure of others. */
function atOnce(job: CompiledJob): CompiledJob {
  if (job.when === 'manual') return { ...job, when: 'on_success', allowFailure: false };
  return job.when === 'on_failure' ? { ...job, when: 'always' } : job;
}

/** Jobs of earlier stages that run by themselves and hand on files or variables. */
const givers = ({ stageIndex }: CompiledJob, { jobs }: CompiledPipeline): CompiledJob[] =>
  jobs.filter(
    (other) =>
      other.stageIndex < stageIndex &&
      (other.when === 'on_success' || other.when === 'always') &&
      other.artifacts.some(({ artifact_type }) => artifact_type === 'archive' || artifact_type === 'dotenv'),
  );

/** By full name, or all that `parallel` made of one entry. */
function findJobs({ jobs, omitted }: CompiledPipeline, name: string): CompiledJob[] {
  const found = jobs.filter((job) => job.name === name || job.node?.of === name);
  if (found.length > 0) return found;
  if (omitted.includes(name))
    throw new HarrierError('PIPELINE_JOB_UNKNOWN', `the rules of "${name}" leave it out of this pipeline`, {
      hint: 'Give the variables that its rules ask for, or change the rules.',
    });
  const names = jobs.map((job) => job.name);
  const meant = nearest(name, names);
  const suggestion = meant === undefined ? '' : `; did you mean "${meant}"?`;
  throw new HarrierError(
    'PIPELINE_JOB_UNKNOWN',
    `there is no job "${name}" in this pipeline${suggestion} (it has ${names.join(', ')})`,
  );
}
