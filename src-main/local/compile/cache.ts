import type { JobCache } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { describe, textOf, YamlList, YamlMap } from '../yaml/value.ts';
import { type Take, take } from './take.ts';
import { expandText, type Lookup } from './variables.ts';

interface CacheFacts {
  readonly lookup: Lookup;
  readonly hashFiles: (files: readonly string[]) => string | undefined;
}
const mostCaches = 4;
const mostFallbackKeys = 5;
const mostKeyFiles = 2;

/** `cache:`. Keys get the suffix with which a server keeps caches of protected branches apart. */
export function readCaches(job: Take, jobPath: string, facts: CacheFacts, problems: Problems): JobCache[] {
  const value = job.value('cache');
  const path = `${jobPath}:cache`;
  if (value === undefined) return [];
  const list = value instanceof YamlList ? value : new YamlList([value], [job.at('cache')], job.at('cache'));
  if (list.items.length > mostCaches)
    problems.invalid(`${jobPath}:caches config no more than ${mostCaches} caches can be created`, job.at('cache'));
  return list.items.flatMap((item, index) => {
    if (item instanceof YamlMap) return item.entries.size === 0 ? [] : [readCache(item, path, facts, problems)];
    problems.invalid(`${path} config should be a hash, found ${describe(item)}`, list.at(index));
    return [];
  });
}

function readCache(map: YamlMap, path: string, facts: CacheFacts, problems: Problems): JobCache {
  const reader = take(map, path, problems);
  reader.only(['key', 'paths', 'untracked', 'policy', 'when', 'unprotect', 'fallback_keys']);
  const policy = reader.text('policy') ?? 'pull-push';
  if (!/\$/.test(policy) && !['pull-push', 'push', 'pull'].includes(policy))
    reader.wrong('policy', 'a variable or one of: pull-push, push, pull');
  const fallback = reader.list('fallback_keys') ?? [];
  if (fallback.length > mostFallbackKeys)
    problems.invalid(
      `${path} fallback_keys has to many entries (maximum ${mostFallbackKeys})`,
      map.at('fallback_keys'),
    );
  const isProtected = facts.lookup('CI_COMMIT_REF_PROTECTED') === 'true' && reader.flag('unprotect') !== true;
  const suffix = isProtected ? '-protected' : '-non_protected';
  return {
    key: `${readKey(reader, path, facts, problems)}${suffix}`,
    untracked: reader.flag('untracked') ?? false,
    policy,
    paths: reader.list('paths') ?? [],
    when: reader.oneOf('when', ['on_success', 'on_failure', 'always']) ?? 'on_success',
    fallback_keys: fallback.map((key) => `${key}${suffix}`),
  };
}

/** A word, or `files` (a checksum of what they hold now) with an optional prefix. */
function readKey(cache: Take, path: string, facts: CacheFacts, problems: Problems): string {
  const value = cache.value('key');
  if (value === undefined) return 'default';
  const word = textOf(value);
  if (word !== undefined) return word;
  if (!(value instanceof YamlMap)) {
    cache.wrong('key', 'a hash or a string');
    return 'default';
  }
  const reader = take(value, `${path}:key`, problems);
  reader.only(['files', 'prefix'], ['files_commits']);
  const files = reader.list('files') ?? [];
  if (files.length > mostKeyFiles)
    problems.invalid(`${path}:key files config has too many items (maximum is ${mostKeyFiles})`, value.at('files'));
  if (files.length === 0 && !value.has('files_commits'))
    problems.invalid(`${path}:key files config can't be blank`, value.place);
  const hash = facts.hashFiles(files.map((file) => expandText(file, facts.lookup).replace(/^\.?\/+/, ''))) ?? 'default';
  const prefix = reader.text('prefix', { numbers: true });
  return prefix ? `${prefix}-${hash}` : hash;
}
