import type { Problems } from '../problems.ts';
import type { YamlMap } from '../yaml/value.ts';
import { findCircle } from './circle.ts';
import type { CompiledJob, Need } from './model.ts';

const mostNeeds = 50;

/** Jobs by name, and by the name of the entry that `parallel` made them of. */
interface Index {
  readonly byName: ReadonlyMap<string, CompiledJob>;
  readonly nodes: ReadonlyMap<string, readonly string[]>;
  readonly tree: YamlMap;
}

/**
 * Logical checks between jobs: needs and dependencies exist, come earlier, and make no circle. Answers the jobs with
 * the names of parallel entries spelled out and optional needs that do not exist left out.
 */
export function checkJobs(given: readonly CompiledJob[], tree: YamlMap, problems: Problems): CompiledJob[] {
  const nodes = new Map<string, string[]>();
  for (const { name, node } of given) if (node) nodes.set(node.of, [...(nodes.get(node.of) ?? []), name]);
  const index: Index = { byName: new Map(given.map((job) => [job.name, job])), nodes, tree };
  const jobs = given.map((job) => spelledOut(job, index));
  for (const job of jobs) {
    checkNeeds(job, index, problems);
    checkDependencies(job, index, problems);
    checkEnvironment(job, index, problems);
  }
  const circle = findCircle(new Map(jobs.map(({ name, needs }) => [name, (needs ?? []).map((need) => need.job)])));
  const first = jobs.find(({ name }) => name === circle?.[0]);
  if (circle !== undefined)
    problems.invalid(`The pipeline has circular dependencies: ${circle.join(' -> ')}`, first?.needs?.[0]?.place);
  return jobs.map((job) => ({ ...job, needs: job.needs?.filter((need) => index.byName.has(need.job)) }));
}

const namesOf = (name: string, { byName, nodes }: Index): readonly string[] =>
  byName.has(name) ? [name] : (nodes.get(name) ?? [name]);

const spelledOut = (job: CompiledJob, index: Index): CompiledJob => ({
  ...job,
  needs: job.needs?.flatMap((need) => namesOf(need.job, index).map((name) => ({ ...need, job: name }))),
  dependencies: job.dependencies?.flatMap((name) => namesOf(name, index)),
});

function checkNeeds({ name, needs = [], stageIndex, place }: CompiledJob, index: Index, problems: Problems): void {
  if (needs.length > mostNeeds)
    problems.invalid(
      `${name}: one job can only need ${mostNeeds} others, but you have listed ${needs.length}. See needs keyword documentation for more details`,
      place,
    );
  const seen = new Set<string>();
  for (const need of needs) {
    if (seen.has(need.job)) problems.invalid(`${name} has the following needs duplicated: ${need.job}.`, need.place);
    seen.add(need.job);
    const other = index.byName.get(need.job);
    if (other === undefined) missingNeed(name, need, index, problems);
    else if (other.stageIndex > stageIndex)
      problems.invalid(`${name} job: need ${need.job} is not defined in current or prior stages`, need.place);
  }
}

function missingNeed(name: string, need: Need, { tree }: Index, problems: Problems): void {
  if (need.optional) return;
  const known = tree.has(need.job) && !need.job.startsWith('.');
  problems.invalid(
    known
      ? `'${name}' job needs '${need.job}' job, but '${need.job}' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.`
      : `${name} job: undefined need: ${need.job}`,
    need.place,
  );
}

function checkDependencies(job: CompiledJob, index: Index, problems: Problems): void {
  for (const dependency of job.dependencies ?? []) {
    const other = index.byName.get(dependency);
    if (other === undefined && !index.tree.has(dependency))
      problems.invalid(`${job.name} job: undefined dependency: ${dependency}`, job.place);
    if (other !== undefined && job.needs === undefined && other.stageIndex >= job.stageIndex)
      problems.invalid(
        `${job.name} job: dependency ${dependency} is not defined in current or prior stages`,
        job.place,
      );
    if (job.needs !== undefined && !job.needs.some((need) => need.job === dependency))
      problems.invalid(`jobs:${job.name} dependencies the ${dependency} should be part of needs`, job.place);
  }
}

function checkEnvironment({ name, onStop, place }: CompiledJob, { tree }: Index, problems: Problems): void {
  if (onStop !== undefined && !tree.has(onStop))
    problems.invalid(`${name} job: on_stop job ${onStop} is not defined`, place);
}
