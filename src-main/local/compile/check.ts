import type { Problems } from '../problems.ts';
import type { YamlMap } from '../yaml/read.ts';
import type { CompiledJob } from './model.ts';

const mostNeeds = 50;

/** Logical checks between jobs: needs and dependencies exist, come earlier, and make no circle. */
export function checkNeeds(jobs: CompiledJob[], tree: YamlMap, problems: Problems): void {
  const names = new Set(jobs.map(({ name }) => name));
  for (const [index, job] of jobs.entries()) {
    const expanded = expandNames(job, jobs);
    jobs[index] = expanded;
    const { needs = [], dependencies = [], place, name } = expanded;
    if (needs.length > mostNeeds)
      problems.invalid(
        `${name}: one job can only need ${mostNeeds} others, but you have listed ${needs.length}`,
        place,
      );
    const seen = new Set<string>();
    for (const need of needs) {
      if (seen.has(need.job)) problems.invalid(`${name} has the following needs duplicated: ${need.job}.`, place);
      seen.add(need.job);
      if (names.has(need.job) || need.optional) continue;
      if (!tree.entries.has(need.job)) problems.invalid(`${name} job: undefined need: ${need.job}`, place);
      else
        problems.invalid(
          `'${name}' job needs '${need.job}' job, but '${need.job}' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.`,
          place,
        );
    }
    for (const dependency of dependencies) {
      const other = jobs.find((each) => each.name === dependency);
      if (other === undefined && !tree.entries.has(dependency))
        problems.invalid(`${name} job: undefined dependency: ${dependency}`, place);
      if (other !== undefined && job.needs === undefined && other.stageIndex >= job.stageIndex)
        problems.invalid(`${name} job: dependency ${dependency} is not defined in current or prior stages`, place);
      if (job.needs !== undefined && !needs.some((need) => need.job === dependency))
        problems.invalid(`jobs:${name} dependencies the ${dependency} should be part of needs`, place);
    }
    for (const need of needs) {
      const other = jobs.find((each) => each.name === need.job);
      if (other !== undefined && other.stageIndex > job.stageIndex)
        problems.invalid(`${name} job: need ${need.job} is not defined in current or prior stages`, place);
    }
  }
  const circle = findCircle(jobs);
  if (circle !== undefined)
    problems.invalid(`The pipeline has circular dependencies: ${circle.join(' -> ')}`, jobs[0]?.place);
}

/** The base name of a parallel job stands for all of its nodes. Needs that do not exist and are optional go. */
function expandNames(job: CompiledJob, jobs: readonly CompiledJob[]): CompiledJob {
  const nodes = (name: string): string[] => {
    if (jobs.some((each) => each.name === name)) return [name];
    const found = jobs.filter(
      (each) => each.node !== undefined && each.name.replace(/(?: \d+\/\d+|: \[.*\])$/, '') === name,
    );
    return found.length > 0 ? found.map((each) => each.name) : [name];
  };
  return {
    ...job,
    needs: job.needs?.flatMap((need) => nodes(need.job).map((name) => ({ ...need, job: name }))),
    dependencies: job.dependencies?.flatMap(nodes),
  };
}

function findCircle(jobs: readonly CompiledJob[]): string[] | undefined {
  const state = new Map<string, 'open' | 'done'>();
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    if (state.get(name) === 'done') return undefined;
    if (state.get(name) === 'open') return [...path.slice(path.indexOf(name)), name];
    state.set(name, 'open');
    for (const need of byName.get(name)?.needs ?? []) {
      const circle = visit(need.job, [...path, name]);
      if (circle !== undefined) return circle;
    }
    state.set(name, 'done');
    return undefined;
  };
  for (const { name } of jobs) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
