import { ValueProblem } from './value-problem.ts';

export interface DeviceMapping {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}
/** `host[:container[:rwm]]`; the same path and all rights where nothing is said. */
export const parseDevices = (devices: readonly string[]): DeviceMapping[] =>
  devices.map((text) => {
    const parts = text.split(':');
    if (parts.length > 3) throw new ValueProblem(`invalid device "${text}": too many colons`);
    const [host = '', container = host, rights = 'rwm'] = parts;
    if (host === '' || !/^(?!.*(.).*\1)[rwm]+$/.test(rights))
      throw new ValueProblem(`invalid device "${text}"; use /dev/x, /dev/x:/dev/y or /dev/x:/dev/y:rwm`);
    return { PathOnHost: host, PathInContainer: container, CgroupPermissions: rights };
  });

export interface DeviceRequest {
  readonly Driver?: string;
  readonly Count?: number;
  readonly DeviceIDs?: readonly string[];
  readonly Capabilities?: readonly (readonly string[])[];
  readonly Options?: Readonly<Record<string, string>>;
}
/**
 * `docker run --gpus` syntax: `all`, a number, or comma-separated `device=…`, `count=…`, `capabilities=…`, `driver=…`,
 * `options=…`; a value with commas stands in double quotes.
 */
export function parseGpus(text: string | undefined): DeviceRequest[] {
  if (text === undefined || text.trim() === '') return [];
  const fields = splitFields(text.trim().replace(/^'(.*)'$/, '$1'));
  const request: { -readonly [K in keyof DeviceRequest]: DeviceRequest[K] } = {};
  for (const [index, field] of fields.entries()) {
    const cut = field.indexOf('=');
    const key = cut < 0 ? 'count' : field.slice(0, cut);
    const value = cut < 0 ? field : field.slice(cut + 1);
    if (cut < 0 && index > 0) throw new ValueProblem(`invalid gpus "${text}": unexpected "${field}"`);
    if (key === 'driver') request.Driver = value;
    else if (key === 'count') request.Count = countOf(value, text);
    else if (key === 'device') request.DeviceIDs = value.split(',');
    else if (key === 'capabilities') request.Capabilities = [[...value.split(','), 'gpu']];
    else if (key === 'options')
      request.Options = Object.fromEntries(value.split(',').map((pair) => splitOnce(pair, '=')));
    else throw new ValueProblem(`invalid gpus "${text}": unexpected key "${key}"`);
  }
  if (request.Count === undefined && request.DeviceIDs === undefined) request.Count = 1;
  request.Capabilities ??= [['gpu']];
  return [request];
}

const countOf = (value: string, whole: string): number => {
  if (value === 'all') return -1;
  if (/^\d+$/.test(value)) return Number(value);
  throw new ValueProblem(`invalid gpus "${whole}": count must be a number or "all"`);
};
/** CSV with double quotes around fields or around values (`"device=0,1"`, `device="0,1"`). */
const splitFields = (text: string): string[] =>
  [...text.matchAll(/(?:"[^"]*"|[^,"])+/g)].map(([field]) => field.replaceAll('"', '').trim());
const splitOnce = (text: string, separator: string): [string, string] => {
  const cut = text.indexOf(separator);
  return cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
};
