import * as v from 'valibot';
import { canonicalTable } from './canonical.ts';
import { customProblems } from './custom-check.ts';
import { keyAt } from './describe.ts';
import { dockerProblems } from './docker-check.ts';
import { isTable, type KeyPath, readToml, type TomlDocument, TomlSyntaxError, type TomlTable } from './document.ts';
import { type Config, globalSchema } from './global.ts';
import { hintsFor } from './hints.ts';
import { machineProblems } from './machine-check.ts';
import { type ConfigProblem, problemAt, problemOfIssue, wrongValue } from './problem.ts';
import { type RunnerConfig, runnerSchema } from './runner.ts';

/** What a text of config.toml comes to. */
export interface ConfigCheck {
  /** Present when nothing is `fatal`. Names are those of the schema; values that no schema allows are left out. */
  readonly config?: Config;
  /** The file is refused as a whole: no TOML, or a wrong global key. */
  readonly fatal: readonly ConfigProblem[];
  /** Only this entry is refused. */
  readonly runners: readonly (ConfigProblem & { readonly index: number })[];
  readonly hints: readonly ConfigProblem[];
}

/** Reads and checks a text, without the environment and without any file. */
export function checkConfig(text: string): ConfigCheck {
  let document: TomlDocument;
  try {
    document = readToml(text);
  } catch (error) {
    if (!(error instanceof TomlSyntaxError)) throw error;
    return { fatal: [{ path: [], message: error.message, position: error.position }], runners: [], hints: [] };
  }
  const values = canonicalTable(document.values, []);
  const { runners = [], ...globals } = values;
  const checked = v.safeParse(globalSchema, globals);
  const entries = Array.isArray(runners) ? runners : [];
  const fatal = [
    ...(checked.issues ?? []).map((issue) => problemOfIssue(document, [], issue)),
    ...floatProblems(document, globals, []),
    ...labelProblems(document, globals['labels'], ['labels']),
    ...(Array.isArray(runners) && entries.every(isTable)
      ? []
      : [problemAt(document, ['runners'], 'runners must be written as [[runners]]')]),
  ];
  const read = entries.filter(isTable).map((entry, index) => readRunner(document, entry, index, globals['labels']));
  return {
    ...(fatal.length === 0 && checked.success
      ? { config: { ...checked.output, runners: read.map(({ runner }) => runner) } }
      : {}),
    fatal: inOrder(fatal),
    runners: read.flatMap(({ problems }, index) => inOrder(problems).map((problem) => ({ ...problem, index }))),
    hints: hintsFor(document, values),
  };
}

function readRunner(document: TomlDocument, entry: TomlTable, index: number, globalLabels: unknown) {
  const path = ['runners', index];
  const checked = v.safeParse(runnerSchema, entry);
  const typed = [
    ...(checked.issues ?? []).map((issue) => problemOfIssue(document, path, issue)),
    ...floatProblems(document, entry, path),
  ];
  const told = new Set(typed.map((problem) => problem.path.join('\0')));
  const problems = [
    ...typed,
    ...labelProblems(document, entry['labels'], [...path, 'labels'], globalLabels),
    ...customProblems(document, entry, path),
    ...machineProblems(document, entry, path),
    ...dockerProblems(document, entry, path).filter((problem) => !told.has(problem.path.join('\0'))),
  ];
  return { runner: checked.success ? checked.output : remains(entry, checked.issues), problems };
}

/** The entry without the keys that are wrong: enough to show it, never enough to run it. */
function remains(
  entry: TomlTable,
  issues: readonly { readonly path?: readonly { readonly key: unknown }[] }[],
): RunnerConfig {
  const wrong = new Set(issues.map(({ path }) => String(path?.[0]?.key)));
  const rest = v.safeParse(runnerSchema, Object.fromEntries(Object.entries(entry).filter(([key]) => !wrong.has(key))));
  return rest.success ? rest.output : {};
}

/** `1.0` where an integer must stand: JavaScript cannot tell them apart, Go's reader does. */
function floatProblems(document: TomlDocument, table: TomlTable, path: KeyPath): ConfigProblem[] {
  return Object.entries(table).flatMap(([name, value]) => {
    const inside = [...path, name];
    const kind = keyAt(inside)?.kind;
    if (typeof value === 'number' && (kind === 'integer' || kind === 'duration') && document.isFloat(inside))
      return [wrongValue(document, inside, value)];
    return kind === 'table' && isTable(value) ? floatProblems(document, value, inside) : [];
  });
}

const labelName = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{2,64}$/;
const labelValue = /^[a-zA-Z0-9._-]{1,256}$/;
const mostLabels = 32;

/** GitLab's rules for labels; the official runner refuses the file (spec/config-toml.md 1). */
function labelProblems(document: TomlDocument, labels: unknown, path: KeyPath, inherited?: unknown): ConfigProblem[] {
  if (!isTable(labels)) return [];
  const all = { ...(isTable(inherited) ? inherited : {}), ...labels };
  return [
    ...Object.entries(labels).flatMap(([name, value]) =>
      labelName.test(name) && (typeof value !== 'string' || labelValue.test(value))
        ? []
        : [
            problemAt(
              document,
              [...path, name],
              `the label ${JSON.stringify(name)} must have a name of 3 to 65 and a value of 1 to 256 letters, digits, ".", "_" or "-"`,
            ),
          ],
    ),
    ...(Object.keys(all).length > mostLabels
      ? [problemAt(document, path, `labels must be at most ${mostLabels}, found ${Object.keys(all).length}`)]
      : []),
  ];
}

const inOrder = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  [...problems].sort(
    (a, b) =>
      (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
