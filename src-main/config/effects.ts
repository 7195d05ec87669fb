import { canonicalTable } from '../../src-shared/config/canonical.ts';
import { keyAt } from '../../src-shared/config/describe.ts';
import { isTable } from '../../src-shared/config/document.ts';
import { nameOf } from '../../src-shared/config/problem.ts';
import { sameValue, type TomlTable } from '../../src-shared/toml/values.ts';

/** What one change of a saved file comes to. */
export interface Effect {
  /** `never`: the key is kept and has no effect here. */
  readonly when: 'now' | 'nextJob' | 'restart' | 'never';
  readonly change: 'set' | 'unset' | 'added' | 'removed' | 'moved';
  /** The key; absent when the whole runner was added or removed. */
  readonly key?: string;
  readonly runner?: string;
}

/** Keys of an entry that its poller reads; everything else belongs to the jobs that it takes. */
const ofPoller = new Set([
  'name',
  'url',
  'token',
  'limit',
  'executor',
  'request_concurrency',
  'strict_check_interval',
  'unhealthy_requests_limit',
  'unhealthy_interval',
  'labels',
  'tls-ca-file',
  'tls-cert-file',
  'tls-key-file',
  'harrier.proxy',
  'harrier.notify',
]);

/** From which moment each change between two files counts. Runners are the same by token, else by name, else by place. */
export function effectsOf(before: TomlTable, after: TomlTable): Effect[] {
  const { runners: oldRunners, ...oldGlobals } = canonicalTable(before, []);
  const { runners: newRunners, ...newGlobals } = canonicalTable(after, []);
  const [olds, news] = [tablesOf(oldRunners), tablesOf(newRunners)];
  const pairs = matchRunners(olds, news);
  return [
    ...changedKeys(oldGlobals, newGlobals, []).map(({ path, gone }) => effect(path, gone, 'now')),
    ...olds.filter((old) => !pairs.some(([each]) => each === old)).map((old) => whole(old, 'removed')),
    ...pairs.flatMap(([old, now]) => {
      if (old === undefined) return [whole(now, 'added')];
      return changedKeys(old, now, ['runners']).map(({ path, gone }) => ({
        ...effect(
          path,
          gone,
          ofPoller.has(String(path[1])) || ofPoller.has(path.slice(1).join('.')) ? 'now' : 'nextJob',
        ),
        runner: nameOfRunner(now),
      }));
    }),
    ...(isReordered(olds, pairs) ? [{ when: 'now' as const, change: 'moved' as const }] : []),
  ];
}

const effect = (path: readonly string[], gone: boolean, usual: Effect['when']): Effect => {
  const metas = path.map((_, length) => keyAt(path.slice(0, length + 1)));
  const unknown =
    metas.some((meta) => meta === undefined) &&
    !metas.some((meta) => ['map', 'lists', 'flags'].includes(meta?.kind ?? ''));
  const idle = unknown || metas.some((meta) => meta?.ignored !== undefined);
  const when = idle ? 'never' : metas.some((meta) => meta?.restart) ? 'restart' : usual;
  return {
    when,
    change: gone ? 'unset' : 'set',
    key: nameOf(path[0] === 'runners' ? ['runners', 0, ...path.slice(1)] : path),
  };
};

const whole = (runner: TomlTable, change: 'added' | 'removed'): Effect => ({
  when: 'now',
  change,
  runner: nameOfRunner(runner),
});
const nameOfRunner = (runner: TomlTable): string => String(runner['name'] ?? runner['url'] ?? '');
const tablesOf = (value: unknown): TomlTable[] => (Array.isArray(value) ? value.filter(isTable) : []);

/** Plain keys whose values differ; tables are looked into, arrays count as one value. */
function changedKeys(old: TomlTable, now: TomlTable, path: readonly string[]): { path: string[]; gone: boolean }[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const [was, is] = [old[name], now[name]];
    const inside = [...path, name];
    if (sameValue(was, is)) return [];
    if ((isTable(was) || was === undefined) && (isTable(is) || is === undefined))
      return changedKeys(isTable(was) ? was : {}, isTable(is) ? is : {}, inside);
    return [{ path: inside, gone: is === undefined }];
  });
}

function matchRunners(olds: readonly TomlTable[], news: readonly TomlTable[]): [TomlTable | undefined, TomlTable][] {
  const free = new Set(olds);
  const found = new Map<TomlTable, TomlTable>();
  const take = (fits: (old: TomlTable, now: TomlTable, place: number) => boolean): void => {
    for (const [place, now] of news.entries()) {
      const old = found.has(now) ? undefined : [...free].find((each) => fits(each, now, place));
      if (old === undefined) continue;
      found.set(now, old);
      free.delete(old);
    }
  };
  take((old, now) => old['token'] !== undefined && old['token'] === now['token'] && old['url'] === now['url']);
  take((old, now) => old['token'] !== undefined && old['token'] === now['token']);
  take((old, now) => old['name'] !== undefined && old['name'] === now['name']);
  take((old, _, place) => olds.length === news.length && olds[place] === old);
  return news.map((now) => [found.get(now), now]);
}

const isReordered = (olds: readonly TomlTable[], pairs: readonly [TomlTable | undefined, TomlTable][]): boolean => {
  const places = pairs.flatMap(([old]) => (old === undefined ? [] : [olds.indexOf(old)]));
  return places.some((place, index) => place < (places[index - 1] ?? -1));
};
