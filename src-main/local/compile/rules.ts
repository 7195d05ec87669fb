import type { JobVariable } from '../../../src-shared/payload.ts';
import { compileGlob } from '../../archive/index.ts';
import type { Problems } from '../problems.ts';
import { type Value, YamlList, YamlMap } from '../yaml/read.ts';
import { compileExpression, matchesPattern } from './expression.ts';
import { take } from './take.ts';
import { expandText, readVariables } from './variables.ts';

/** What rules ask about the work tree and the run. */
export interface RuleFacts {
  readonly lookup: (name: string) => string | undefined;
  /** All files of the snapshot. */
  readonly files: () => readonly string[];
  /** Files that differ from the base; undefined when there is no base: every `changes` is true then. */
  readonly changed: (compareTo: string | undefined) => readonly string[] | undefined;
  readonly ref: string;
  readonly isTag: boolean;
  readonly source: string;
}
export interface Rule {
  readonly when: string | undefined;
  readonly allowFailure: boolean | undefined;
  readonly variables: readonly JobVariable[];
  readonly needs: Value | undefined;
}

const ruleKeys = [
  'if',
  'changes',
  'exists',
  'when',
  'allow_failure',
  'variables',
  'needs',
  'interruptible',
  'start_in',
];

/** The first rule whose clauses are all true; `none`: the job is not created. */
export function chooseRule(value: Value, path: string, facts: RuleFacts, problems: Problems): Rule | 'none' {
  const list = flattenRules(value);
  if (list === undefined || list.length === 0) {
    problems.invalid(`${path}:rules should be an array of hashes and can't be blank`);
    return 'none';
  }
  let chosen: Rule | 'none' | undefined;
  for (const map of list) {
    const reader = take(map, `${path}:rules:rule`, problems);
    reader.only(ruleKeys);
    const truth = [
      readIf(map, path, facts, problems),
      readChanges(map.get('changes'), map, path, facts, problems),
      readExists(map.get('exists'), map, path, facts, problems),
    ];
    const when = reader.oneOf('when', ['on_success', 'on_failure', 'always', 'never', 'manual', 'delayed']);
    if (chosen !== undefined || truth.includes(false)) continue;
    const rule: Rule = {
      when,
      allowFailure: reader.flag('allow_failure'),
      variables: readVariables(map.get('variables'), `${path}:rules:variables`, true, problems),
      needs: map.get('needs'),
    };
    chosen = when === 'never' ? 'none' : rule;
  }
  return chosen ?? 'none';
}

const flattenRules = (value: Value): YamlMap[] | undefined => {
  if (!(value instanceof YamlList)) return undefined;
  return value.items.flatMap((item) => (item instanceof YamlMap ? [item] : (flattenRules(item) ?? [])));
};

function readIf(map: YamlMap, path: string, facts: RuleFacts, problems: Problems): boolean {
  const text = map.get('if');
  if (text === undefined) return true;
  const expression = typeof text === 'string' ? compileExpression(text) : undefined;
  if (expression === undefined) {
    problems.invalid(`${path}:rules:rule if invalid expression syntax`, map.at('if'));
    return false;
  }
  return expression(facts.lookup);
}

function readChanges(
  value: Value | undefined,
  map: YamlMap,
  path: string,
  facts: RuleFacts,
  problems: Problems,
): boolean {
  if (value === undefined || value === null) return true;
  const compareTo = value instanceof YamlMap ? value.get('compare_to') : undefined;
  const patterns = patternsOf(value, 'changes', map, path, problems);
  const changed = facts.changed(typeof compareTo === 'string' ? expandText(compareTo, facts.lookup) : undefined);
  return changed === undefined ? true : matchAny(patterns, changed, facts);
}

function readExists(
  value: Value | undefined,
  map: YamlMap,
  path: string,
  facts: RuleFacts,
  problems: Problems,
): boolean {
  if (value === undefined || value === null) return true;
  if (value instanceof YamlMap && value.entries.has('project'))
    problems.unsupported('`exists:project` is not supported locally yet', value.at('project'));
  return matchAny(patternsOf(value, 'exists', map, path, problems), facts.files(), facts);
}

function patternsOf(value: Value, key: string, map: YamlMap, path: string, problems: Problems): string[] {
  const list = value instanceof YamlMap ? value.get('paths') : value;
  if (list instanceof YamlList && list.items.every((item) => typeof item === 'string')) return list.items as string[];
  problems.invalid(`${path}:rules:rule ${key} should be an array of strings`, map.at(key));
  return [];
}

function matchAny(patterns: readonly string[], files: readonly string[], { lookup }: RuleFacts): boolean {
  return patterns.some((pattern) => {
    const text = expandText(pattern, lookup).replace(/^\.?\//, '');
    const glob = compileGlob(text);
    return files.some((file) => file === text || glob?.matches(file) === true);
  });
}

const policyKeys = ['refs', 'variables', 'changes', 'kubernetes'];

/** `only` and `except` (the old form). Whether the job is created. */
export function chooseOnly(job: YamlMap, path: string, facts: RuleFacts, problems: Problems): boolean {
  const [only, except] = [job.get('only'), job.get('except')];
  const standard = only === undefined && !facts.isTag ? facts.source !== 'merge_request_event' : true;
  const wanted = only === undefined ? standard : policy(only, 'only', job, path, facts, problems).every(Boolean);
  const refused = except !== undefined && policy(except, 'except', job, path, facts, problems).some(Boolean);
  return wanted && !refused;
}

function policy(
  value: Value,
  key: string,
  job: YamlMap,
  path: string,
  facts: RuleFacts,
  problems: Problems,
): boolean[] {
  const place = job.at(key);
  const strings = (list: Value | undefined): string[] => {
    const items = list instanceof YamlList ? list.items : list === undefined || list === null ? [] : [list];
    if (items.every((item) => typeof item === 'string')) return items as string[];
    problems.invalid(`${path}:${key} config should be an array of strings or regular expressions`, place);
    return [];
  };
  if (!(value instanceof YamlMap)) return [strings(value).some((ref) => fitsRef(ref, facts))];
  take(value, `${path}:${key}`, problems).only(
    policyKeys.filter((name) => name !== 'kubernetes'),
    ['kubernetes'],
  );
  const results: boolean[] = [];
  if (value.entries.has('refs')) results.push(strings(value.get('refs')).some((ref) => fitsRef(ref, facts)));
  if (value.entries.has('variables'))
    results.push(
      strings(value.get('variables')).some((text) => {
        const expression = compileExpression(text);
        if (expression === undefined)
          problems.invalid(`${path}:${key} variables invalid expression syntax`, value.at('variables'));
        return expression?.(facts.lookup) ?? false;
      }),
    );
  if (value.entries.has('changes')) {
    const changed = facts.changed(undefined);
    results.push(changed === undefined || matchAny(strings(value.get('changes')), changed, facts));
  }
  return results;
}

const sources: Readonly<Record<string, string>> = {
  pushes: 'push',
  web: 'web',
  schedules: 'schedule',
  triggers: 'trigger',
  pipelines: 'pipeline',
  api: 'api',
  merge_requests: 'merge_request_event',
  chat: 'chat',
  external: 'external',
  external_pull_requests: 'external_pull_request_event',
};

function fitsRef(given: string, { ref, isTag, source }: RuleFacts): boolean {
  const name = given.replace(/@[\w./-]+$/, '');
  if (name === 'branches') return !isTag && source !== 'merge_request_event';
  if (name === 'tags') return isTag;
  const wanted = sources[name];
  if (wanted !== undefined) return source === wanted;
  return matchesPattern(name, ref) ?? name === ref;
}
