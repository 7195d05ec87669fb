import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { describe, YamlList, YamlMap } from '../yaml/value.ts';
import type { JobContext } from './context.ts';
import { take } from './take.ts';

/** What `default:` may hold and what a job can take over. */
export const defaultKeys = [
  'after_script',
  'artifacts',
  'before_script',
  'cache',
  'hooks',
  'image',
  'interruptible',
  'retry',
  'services',
  'tags',
  'timeout',
];
export const unsupportedDefaults = ['id_tokens', 'identity'];
/** The old form: the same keys at the top of the file. */
export const topLevelDefaults = ['image', 'services', 'cache', 'before_script', 'after_script'];

/** `default:` and the same keys at the top; both for one key is an error. */
export function readDefaults(tree: YamlMap, problems: Problems): YamlMap {
  const given = tree.get('default');
  const defaults = given instanceof YamlMap ? given.copy() : new YamlMap(tree.place);
  if (given instanceof YamlMap) take(given, 'default', problems).only(defaultKeys, unsupportedDefaults);
  else if (given !== undefined && given !== null)
    problems.invalid(`default config should be a hash, found ${describe(given)}`, tree.at('default'));
  for (const key of topLevelDefaults) {
    const value = tree.get(key);
    if (value === undefined) continue;
    if (defaults.has(key)) problems.invalid(`${key} is defined in top-level and \`default:\` entry`, tree.at(key));
    defaults.set(key, value, tree.at(key));
  }
  return defaults;
}

/** The job over the defaults that it inherits; a key of the job replaces the default whole. */
export function withDefaults(own: YamlMap, { defaults, problems }: JobContext, path: string): YamlMap {
  const allowed = inheritedOf(own, 'default', path, problems);
  const result = own.copy();
  for (const [key, value] of defaults.entries)
    if (!own.has(key) && allowed(key)) result.set(key, value, defaults.at(key));
  return result;
}

export function inheritVariables(own: YamlMap, globals: readonly JobVariable[]): readonly JobVariable[] {
  const allowed = inheritedOf(own, 'variables', '', undefined);
  return globals.filter(({ key }) => allowed(key ?? ''));
}

/** `inherit:default` and `inherit:variables`: true, false, or the names that are taken over. */
function inheritedOf(
  own: YamlMap,
  part: 'default' | 'variables',
  path: string,
  problems: Problems | undefined,
): (name: string) => boolean {
  const inherit = own.get('inherit');
  if (inherit === undefined || inherit === null) return () => true;
  if (!(inherit instanceof YamlMap)) {
    problems?.invalid(`${path} inherit should be a hash, found ${describe(inherit)}`, own.at('inherit'));
    return () => true;
  }
  if (problems !== undefined) checkInherit(inherit, path, problems);
  const wanted = inherit.get(part);
  if (wanted instanceof YamlList) return (name) => wanted.items.includes(name);
  return () => wanted !== false;
}

function checkInherit(inherit: YamlMap, path: string, problems: Problems): void {
  const reader = take(inherit, `${path}:inherit`, problems);
  reader.only(['default', 'variables']);
  for (const part of ['default', 'variables']) {
    const value = reader.value(part);
    if (value === undefined || typeof value === 'boolean') continue;
    if (!(value instanceof YamlList)) reader.wrong(part, 'a boolean value or an array of strings');
    for (const name of (value instanceof YamlList ? reader.list(part) : undefined) ?? [])
      if (part === 'default' && ![...defaultKeys, ...unsupportedDefaults].includes(name))
        problems.invalid(`${path}:inherit:default contains unknown values: ${name}`, inherit.at(part));
  }
}
