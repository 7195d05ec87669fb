import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Place, Problems } from '../problems.ts';
import { describe, type Value, YamlList, YamlMap } from '../yaml/value.ts';
import { compileExpression } from './expression.ts';
import { globMatcher } from './globs.ts';
import { type Take, take } from './take.ts';
import { expandText, type Lookup, readVariables } from './variables.ts';

/** What rules ask about the work tree and the run. */
export interface RuleFacts {
  readonly lookup: Lookup;
  /** All files of the snapshot. */
  readonly files: () => readonly string[];
  /**
   * Files that differ from the base. `unknown`: there is no base, every `changes` is true then; `noRef`: `compare_to`
   * names nothing.
   */
  readonly changed: (compareTo: string | undefined) => readonly string[] | 'unknown' | 'noRef';
  readonly ref: string;
  readonly isTag: boolean;
  readonly source: string;
}
export type RuleWhen = 'on_success' | 'on_failure' | 'always' | 'manual' | 'never' | 'delayed';
interface Rule {
  readonly when: RuleWhen | undefined;
  readonly allowFailure: boolean | undefined;
  readonly variables: readonly JobVariable[];
  readonly needs: Value | undefined;
  readonly place: Place;
}
export type ChosenRule = Rule & { readonly when: Exclude<RuleWhen, 'never'> | undefined };
/** Where the rules stand decides what they may say. */
export interface RuleForm {
  readonly keys: readonly string[];
  readonly unsupported: readonly string[];
  readonly whens: readonly RuleWhen[];
}
export const jobRules: RuleForm = {
  keys: ['if', 'changes', 'exists', 'when', 'allow_failure', 'variables', 'needs', 'interruptible'],
  unsupported: ['start_in'],
  whens: ['on_success', 'on_failure', 'always', 'never', 'manual', 'delayed'],
};
export const workflowRules: RuleForm = {
  keys: ['if', 'changes', 'exists', 'when', 'variables', 'auto_cancel'],
  unsupported: [],
  whens: ['always', 'never'],
};
export const includeRules: RuleForm = {
  keys: ['if', 'changes', 'exists', 'when'],
  unsupported: [],
  whens: ['always', 'never', 'on_success', 'on_failure', 'manual', 'delayed'],
};

const mostPatterns = 50;

/** The first rule whose clauses are all true; `none`: no rule is, or it says never. Every rule is checked. */
export function chooseRule(
  value: Value,
  path: string,
  place: Place,
  form: RuleForm,
  facts: RuleFacts,
  problems: Problems,
): ChosenRule | 'none' {
  const list = flattenRules(value);
  if (list === undefined) {
    problems.invalid(`${path}:rules should be an array of hashes, found ${describe(value)}`, place);
    return 'none';
  }
  if (list.length === 0) problems.invalid(`${path}:rules can't be blank`, place);
  let chosen: Rule | undefined;
  for (const map of list) {
    const rule = readRule(map, `${path}:rules:rule`, form, problems);
    const holds = isTrue(map, `${path}:rules:rule`, facts, problems);
    if (holds) chosen ??= rule;
  }
  if (chosen === undefined || chosen.when === 'never') return 'none';
  return { ...chosen, when: chosen.when };
}

const flattenRules = (value: Value): YamlMap[] | undefined => {
  if (!(value instanceof YamlList)) return undefined;
  const maps: YamlMap[] = [];
  for (const item of value.items) {
    const inner = item instanceof YamlMap ? [item] : flattenRules(item);
    if (inner === undefined) return undefined;
    maps.push(...inner);
  }
  return maps;
};

function readRule(map: YamlMap, path: string, form: RuleForm, problems: Problems): Rule {
  const reader = take(map, path, problems);
  reader.only(form.keys, form.unsupported);
  reader.flag('interruptible');
  return {
    when: reader.oneOf('when', form.whens),
    allowFailure: reader.flag('allow_failure'),
    variables: readVariables(map.get('variables'), `${path}:variables`, map.at('variables'), true, problems),
    needs: reader.value('needs'),
    place: map.place,
  };
}

/** All clauses are read, so that a fault in any of them is told. */
function isTrue(map: YamlMap, path: string, facts: RuleFacts, problems: Problems): boolean {
  const reader = take(map, path, problems);
  const clauses = [
    readIf(reader, path, facts, problems),
    readChanges(reader, path, facts, problems),
    readExists(reader, path, facts, problems),
  ];
  return clauses.every(Boolean);
}

function readIf(reader: Take, path: string, facts: RuleFacts, problems: Problems): boolean {
  const text = reader.value('if');
  if (text === undefined) return true;
  const expression = typeof text === 'string' ? compileExpression(text) : undefined;
  if (expression !== undefined) return expression(facts.lookup);
  problems.invalid(`${path} if invalid expression syntax, found ${describe(text)}`, reader.at('if'));
  return false;
}

function readChanges(reader: Take, path: string, facts: RuleFacts, problems: Problems): boolean {
  const value = reader.value('changes');
  if (value === undefined) return true;
  const patterns = readPatterns(value, 'changes', ['paths', 'compare_to'], ['regexp'], reader, path, problems);
  const inner = value instanceof YamlMap ? take(value, `${path}:changes`, problems) : undefined;
  const compareTo = inner?.text('compare_to');
  const changed = facts.changed(compareTo === undefined ? undefined : expandText(compareTo, facts.lookup));
  if (changed === 'unknown') return true;
  if (changed !== 'noRef') return matchAny(patterns, changed, facts.lookup);
  problems.invalid(
    `Failed to parse rule: rules:changes:compare_to is not a valid ref, found "${compareTo ?? ''}"`,
    inner?.at('compare_to'),
  );
  return false;
}

function readExists(reader: Take, path: string, facts: RuleFacts, problems: Problems): boolean {
  const value = reader.value('exists');
  if (value === undefined) return true;
  const unsupported = ['project', 'ref', 'regexp'];
  const patterns = readPatterns(value, 'exists', ['paths'], unsupported, reader, path, problems);
  return matchAny(patterns, facts.files(), facts.lookup);
}

function readPatterns(
  value: Value,
  key: string,
  known: readonly string[],
  unsupported: readonly string[],
  reader: Take,
  path: string,
  problems: Problems,
): readonly string[] {
  const inner = value instanceof YamlMap ? take(value, `${path}:${key}`, problems) : undefined;
  inner?.only(known, unsupported);
  if (inner !== undefined && inner.value('paths') === undefined && !unsupported.some((name) => inner.value(name)))
    return inner.wrong('paths', 'an array of strings') ?? [];
  const patterns = (inner ? inner.list('paths') : reader.list(key)) ?? [];
  if (patterns.length > mostPatterns)
    problems.invalid(`${path} ${key} is too long (maximum is ${mostPatterns})`, reader.at(key));
  return patterns;
}

/** Whether one of the patterns fits one of the files; variables in the patterns count. */
export function matchAny(patterns: readonly string[], files: readonly string[], lookup: Lookup): boolean {
  return patterns.some((pattern) => {
    const matches = globMatcher(expandText(pattern, lookup));
    return files.some(matches);
  });
}
