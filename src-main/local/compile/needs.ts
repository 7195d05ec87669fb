import type { Place, Problems } from '../problems.ts';
import { describe, type Value, YamlList, YamlMap } from '../yaml/value.ts';
import type { Need } from './model.ts';
import { take } from './take.ts';

/** `needs:`; undefined when there is none: the job waits for all earlier stages. */
export function readNeeds(
  value: Value | undefined,
  place: Place,
  path: string,
  problems: Problems,
): Need[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = value instanceof YamlList ? value : new YamlList([value], [place], place);
  return flatNeeds(list).flatMap(([item, at]): Need[] => {
    if (typeof item === 'string') return [{ job: item, artifacts: true, optional: false, place: at }];
    if (!(item instanceof YamlMap)) {
      problems.invalid(`${path}:needs should be names of jobs or hashes, found ${describe(item)}`, at);
      return [];
    }
    const reader = take(item, `${path}:needs:need`, problems);
    reader.only(['job', 'artifacts', 'optional'], ['project', 'ref', 'pipeline', 'parallel']);
    const job = reader.text('job');
    if (job === undefined && !item.has('project') && !item.has('pipeline'))
      problems.invalid(`${path}:needs:need job can't be blank`, at);
    if (job === undefined) return [];
    const artifacts = reader.flag('artifacts') ?? true;
    return [{ job, artifacts, optional: reader.flag('optional') ?? false, place: at }];
  });
}

const flatNeeds = (list: YamlList): [Value, Place][] =>
  list.items.flatMap((item, index): [Value, Place][] =>
    item instanceof YamlList ? flatNeeds(item) : [[item, list.at(index)]],
  );
