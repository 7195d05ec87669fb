import { ValueProblem } from './value-problem.ts';

/** One entry of `volumes`, taken apart. */
export type VolumeSpec =
  | { readonly kind: 'bind'; readonly source: string; readonly destination: string; readonly rest: string }
  | { readonly kind: 'cache'; readonly destination: string };

const options = '(?::(?:ro|rw|O))?(?:[:,]z)?(?:[:,](?:shared|slave|private|rshared|rslave|rprivate))?';
const linux = new RegExp(`^(?:([^:]+):)?([^:]+?)(${options})$`);
const drive = '(?:[a-zA-Z]:|\\\\\\\\\\?\\\\[a-zA-Z]:)[\\\\/](?:[^<>:"|?*\\r\\n])*';
const pipe = '\\\\\\\\\\.\\\\pipe\\\\[^:]+';
const windows = new RegExp(`^(?:(${drive}|${pipe}|[^\\\\/:*?"<>|\\r\\n]+):)?(${drive}|${pipe})((?::(?:ro|rw))?)$`);

/** Grammar: spec/executors.md 2.4. One path is a cache volume, two are a bind. */
export function parseVolume(text: string, osType: string): VolumeSpec {
  const found = (osType === 'windows' ? windows : linux).exec(text);
  const [, source, destination, rest = ''] = found ?? [];
  if (destination === undefined) throw new ValueProblem(`invalid volume specification: "${text}"`);
  // `/a:ro` reads as a bind of `/a` to `ro`, which nobody means.
  if (source !== undefined && /^(?:ro|rw|O|z)$/.test(destination))
    throw new ValueProblem(`invalid volume specification: "${text}"`);
  return source === undefined ? { kind: 'cache', destination } : { kind: 'bind', source, destination, rest };
}
