import { dockerRules } from '../docker/rules.ts';
import { parseMemory } from '../docker/sizes.ts';
import { ValueProblem } from '../docker/value-problem.ts';
import { isTable, type KeyPath, type TomlDocument, type TomlTable } from './document.ts';
import { type ConfigProblem, nameOf, problemAt } from './problem.ts';

/** Executors that run containers on a Docker engine; for the others the section has no effect. */
const dockerExecutors: readonly unknown[] = ['docker', 'docker-windows', 'docker+machine', 'docker-autoscaler'];

/**
 * Values of `[runners.docker]` of the right type that no engine could take. What only the engine or the job knows
 * (variables, files, names of networks) is not judged here. Wrong types are told elsewhere.
 */
export function dockerProblems(document: TomlDocument, entry: TomlTable, path: KeyPath): ConfigProblem[] {
  const { executor, docker: section } = entry;
  if (!dockerExecutors.includes(executor)) return [];
  if (section === undefined)
    return [
      problemAt(document, [...path, 'executor'], `the ${String(executor)} executor needs the section [runners.docker]`),
    ];
  if (!isTable(section)) return [];
  const inside = [...path, 'docker'];
  return [
    ...textsOf(section, inside).flatMap(({ rule, value, name, at }) =>
      told(document, at, () => dockerRules[rule]?.(value, name)),
    ),
    ...togetherProblems(document, section, inside),
    ...serviceProblems(document, section['services'], [...inside, 'services']),
  ];
}

interface Text {
  /** The key of the section. */
  readonly rule: string;
  readonly value: string;
  /** The entry of a table; else the key. */
  readonly name: string;
  readonly at: KeyPath;
}
/** Every text of the section, those in lists and tables too; an empty one counts as absent. */
const textsOf = (section: TomlTable, path: KeyPath): Text[] =>
  Object.entries(section).flatMap(([key, value]) => textsIn(value, { rule: key, name: key, at: [...path, key] }));

const textsIn = (value: unknown, place: Omit<Text, 'value'>): Text[] => {
  if (typeof value === 'string') return value === '' && place.rule === place.name ? [] : [{ ...place, value }];
  if (Array.isArray(value))
    return value.flatMap((each: unknown, index) => textsIn(each, { ...place, at: [...place.at, index] }));
  if (isTable(value))
    return Object.entries(value).flatMap(([name, each]) => textsIn(each, { ...place, name, at: [...place.at, name] }));
  return [];
};

/** Values that are right alone and not together. */
function togetherProblems(document: TomlDocument, section: TomlTable, path: KeyPath): ConfigProblem[] {
  return [
    ...['', 'service_'].flatMap((prefix) => memoryProblems(document, section, { prefix, path })),
    ...userProblems(document, section, path),
    ...volumeProblems(document, section['volumes'], [...path, 'volumes']),
  ];
}

function memoryProblems(
  document: TomlDocument,
  section: TomlTable,
  { prefix, path }: { prefix: string; path: KeyPath },
): ConfigProblem[] {
  const bytes = (key: string): number => {
    const value = section[prefix + key];
    try {
      return typeof value === 'string' ? (parseMemory(value) ?? 0) : 0;
    } catch {
      return 0;
    }
  };
  const [memory, swap, soft] = [bytes('memory'), bytes('memory_swap'), bytes('memory_reservation')];
  const problem = (key: string, message: string) => problemAt(document, [...path, prefix + key], message);
  return [
    ...(swap > 0 && memory <= 0
      ? [problem('memory_swap', `docker.${prefix}memory_swap needs ${prefix}memory, which is not set`)]
      : []),
    ...(swap > 0 && memory > swap
      ? [problem('memory_swap', `docker.${prefix}memory_swap must be at least ${prefix}memory: it counts both`)]
      : []),
    ...(memory > 0 && soft > memory
      ? [problem('memory_reservation', `docker.${prefix}memory_reservation must not be above ${prefix}memory`)]
      : []),
  ];
}

const userProblems = (document: TomlDocument, { user, allowed_users }: TomlTable, path: KeyPath): ConfigProblem[] =>
  typeof user === 'string' &&
  user !== '' &&
  Array.isArray(allowed_users) &&
  allowed_users.length > 0 &&
  !allowed_users.includes(user)
    ? [problemAt(document, [...path, 'user'], `docker.user ${JSON.stringify(user)} is not one of allowed_users`)]
    : [];

/** Two mounts at one place; those with variables may differ from job to job. */
function volumeProblems(document: TomlDocument, volumes: unknown, path: KeyPath): ConfigProblem[] {
  if (!Array.isArray(volumes)) return [];
  const seen = new Set<string>();
  return volumes.flatMap((text: unknown, index) => {
    const destination = typeof text === 'string' ? /^(?:[^:]+:)?(\/[^:]+)/.exec(text)?.[1]?.replace(/\/+$/, '') : '';
    if (destination === undefined || destination === '' || destination.includes('$')) return [];
    const again = seen.has(destination);
    seen.add(destination);
    return again ? [problemAt(document, [...path, index], `docker.volumes: "${destination}" is mounted twice`)] : [];
  });
}

function serviceProblems(document: TomlDocument, services: unknown, path: KeyPath): ConfigProblem[] {
  if (!Array.isArray(services)) return [];
  return services.flatMap((service: unknown, index) => {
    if (!isTable(service)) return [];
    const name = service['name'];
    const at = [...path, index, 'name'];
    if (name === undefined || name === '')
      return [problemAt(document, [...path, index], 'a service of docker needs a name: its image')];
    return typeof name === 'string' ? told(document, at, () => dockerRules['image']?.(name, 'name')) : [];
  });
}

const told = (document: TomlDocument, path: KeyPath, check: () => void): ConfigProblem[] => {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof ValueProblem)) throw error;
    const text = error.message;
    const joined = /^(?:must|is) /.test(text) ? `${nameOf(path)} ${text}` : `${nameOf(path)}: ${text}`;
    return [problemAt(document, path, joined)];
  }
};
