import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { textOf, YamlList, YamlMap } from '../yaml/value.ts';
import type { CompiledJob } from './model.ts';
import { type Take, take } from './take.ts';
import { variable } from './variables.ts';

export interface NodePlan {
  readonly name: string;
  readonly variables: readonly JobVariable[];
  readonly node: CompiledJob['node'];
}
const mostNodes = 200;

/** `parallel`: a number, or a matrix of variables whose first key changes slowest. */
export function nodesOf(job: Take, name: string, path: string, problems: Problems): NodePlan[] {
  const value = job.value('parallel');
  const single: NodePlan[] = [{ name, variables: [], node: undefined }];
  if (value === undefined) return single;
  if (typeof value === 'number') {
    if (value < 1) job.wrong('parallel', 'greater than or equal to 1');
    else if (value > mostNodes) job.wrong('parallel', `less than or equal to ${mostNodes}`);
    else return Array.from({ length: value }, (_, index) => plan(name, `${index + 1}/${value}`, [], index, value));
    return single;
  }
  if (!(value instanceof YamlMap)) {
    job.wrong('parallel', 'an integer or a hash');
    return single;
  }
  const reader = take(value, `${path}:parallel`, problems);
  reader.only(['matrix']);
  const matrix = reader.value('matrix');
  if (!(matrix instanceof YamlList) || matrix.items.length === 0) {
    reader.wrong('matrix', 'an array of hashes');
    return single;
  }
  const sets: Pair[][] = [];
  for (const [index, entry] of matrix.items.entries()) {
    const combined = entry instanceof YamlMap ? combine(entry) : undefined;
    if (combined === undefined) {
      problems.invalid(
        `${path}:parallel:matrix should be hashes of names with values or lists of values`,
        matrix.at(index),
      );
      return single;
    }
    sets.push(...combined);
    if (sets.length > mostNodes) {
      problems.invalid(`${path}:parallel generates too many jobs (maximum is ${mostNodes})`, reader.at('matrix'));
      return single;
    }
  }
  return sets.map((set, index) => plan(name, `[${set.map(([, text]) => text).join(', ')}]`, set, index, sets.length));
}

type Pair = readonly [key: string, value: string];

/** The product of one entry's lists; cut off when it is far too many. */
function combine(entry: YamlMap): Pair[][] | undefined {
  let sets: Pair[][] = [[]];
  for (const [key, given] of entry.entries) {
    const values = given instanceof YamlList ? given.items.map(textOf) : [textOf(given)];
    if (values.length === 0 || sets.length > mostNodes) return sets.length > mostNodes ? sets : undefined;
    const next: Pair[][] = [];
    for (const set of sets)
      for (const value of values) {
        if (value === undefined) return undefined;
        next.push([...set, [key, value]]);
      }
    sets = next;
  }
  return entry.entries.size > 0 ? sets : undefined;
}

const plan = (of: string, label: string, set: readonly Pair[], index: number, total: number): NodePlan => ({
  name: label.startsWith('[') ? `${of}: ${label}` : `${of} ${label}`,
  variables: set.map(([key, value]) => variable(key, value)),
  node: { index: index + 1, total, of },
});
