import { ValueProblem } from './value-problem.ts';

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** `512m`, `2g`, `1.5 GiB` as bytes (the official runner's go-units RAMInBytes). `-1` stays: no limit. */
export function parseMemory(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === '-1') return -1;
  const found = /^(\d+(?:\.\d+)?)\s*([bkmgtp]?)(?:i?b)?$/i.exec(text.trim());
  const unit = units[(found?.[2] ?? '').toLowerCase()];
  if (found === null || unit === undefined)
    throw new ValueProblem(`"${text}" is not a size; use for example "512m" or "2g"`);
  return Math.floor(Number(found[1]) * unit);
}

/** `1.5` or `3/2` processors as billionths. */
export function parseCpus(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const found = /^(\d+(?:\.\d+)?|\.\d+)(?:\/(\d+))?$/.exec(text.trim());
  const divisor = Number(found?.[2] ?? 1);
  if (found === null || divisor === 0) throw new ValueProblem(`failed to parse "${text}" as a rational number`);
  return Math.round((Number(found[1]) / divisor) * 1e9);
}

export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}
/** `nofile = "1024:2048"`; one number counts for both. */
export const parseUlimits = (limits: Readonly<Record<string, string>>): Ulimit[] =>
  Object.entries(limits).map(([Name, value]) => {
    const [soft = '', hard = soft] = value.split(':');
    if (!/^-?\d+$/.test(soft)) throw new ValueProblem(`invalid soft limit value: ${Name} = "${value}"`);
    if (!/^-?\d+$/.test(hard)) throw new ValueProblem(`invalid hard limit value: ${Name} = "${value}"`);
    return { Name, Soft: Number(soft), Hard: Number(hard) };
  });
