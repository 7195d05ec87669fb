import { messageOf } from '../errors.ts';
import { isTable, type KeyPath, type TomlDocument, type TomlTable } from './document.ts';
import { isInPeriod } from './periods.ts';
import { type ConfigProblem, problemAt } from './problem.ts';

/** Any moment: what is asked is whether the question can be put. */
const someMoment = new Date(0);

/** What the official runner refuses in `[runners.machine]` (spec/config-toml.md 2.9 and 6, rules 61 and 62). */
export function machineProblems(document: TomlDocument, entry: TomlTable, path: KeyPath): ConfigProblem[] {
  const { executor, machine: section } = entry;
  if (executor !== 'docker+machine') return [];
  if (section === undefined)
    return [
      problemAt(document, [...path, 'executor'], 'the docker+machine executor needs the section [runners.machine]'),
    ];
  if (!isTable(section)) return [];
  const inside = [...path, 'machine'];
  const { MachineName: name, MachineDriver: driver, MachineOptionsWithName: options } = section;
  const { autoscaling: periods } = section;
  return [
    ...(typeof name === 'string' && name.includes('%s')
      ? []
      : [placeless(document, name === undefined ? inside : [...inside, 'MachineName'], 'machine.MachineName')]),
    ...(driver === undefined || driver === ''
      ? [problemAt(document, inside, 'machine.MachineDriver is missing: the driver that docker-machine is to use')]
      : []),
    ...(Array.isArray(options) ? options : []).flatMap((option: unknown, index) =>
      typeof option !== 'string' || option.includes('%s')
        ? []
        : [
            placeless(
              document,
              [...inside, 'MachineOptionsWithName', index],
              `machine.MachineOptionsWithName ${JSON.stringify(option)}`,
            ),
          ],
    ),
    ...(Array.isArray(periods) ? periods : []).flatMap((each: unknown, index) =>
      isTable(each) ? periodProblems(document, each, [...inside, 'autoscaling', index]) : [],
    ),
  ];
}

const placeless = (document: TomlDocument, path: KeyPath, what: string): ConfigProblem =>
  problemAt(document, path, `${what} must contain %s, where the name of each machine differs`);

function periodProblems(document: TomlDocument, entry: TomlTable, path: KeyPath): ConfigProblem[] {
  const { Periods: periods, Timezone: timezone } = entry;
  const zone = typeof timezone === 'string' ? timezone : undefined;
  if (zone && !isZone(zone))
    return [problemAt(document, [...path, 'Timezone'], `machine.autoscaling.Timezone "${zone}" is not a time zone`)];
  return (Array.isArray(periods) ? periods : []).flatMap((period: unknown, index) => {
    if (typeof period !== 'string') return [];
    try {
      isInPeriod(period, zone, someMoment);
      return [];
    } catch (error) {
      const message = `machine.autoscaling.Periods "${period}" is not a time period: ${messageOf(error)}`;
      return [problemAt(document, [...path, 'Periods', index], message)];
    }
  });
}

const isZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
};
