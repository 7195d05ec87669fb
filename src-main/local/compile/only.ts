import type { Problems } from '../problems.ts';
import { describe, type Value, YamlList, YamlMap } from '../yaml/value.ts';
import { compileExpression } from './expression.ts';
import { matchesPattern } from './operators.ts';
import { matchAny, type RuleFacts } from './rules.ts';
import { type Take, take } from './take.ts';

/** `only` and `except` (the old form). Whether the job is created. */
export function chooseOnly(job: Take, path: string, facts: RuleFacts, problems: Problems): boolean {
  const only = job.value('only');
  const except = job.value('except');
  // A job that says nothing is one for branches and tags.
  const wanted =
    only === undefined
      ? facts.source !== 'merge_request_event'
      : clauses(only, 'only', job, path, facts, problems).every(Boolean);
  const refused = except !== undefined && clauses(except, 'except', job, path, facts, problems).some(Boolean);
  return wanted && !refused;
}

/** One answer for each key that is given. */
function clauses(
  value: Value,
  key: string,
  job: Take,
  path: string,
  facts: RuleFacts,
  problems: Problems,
): readonly boolean[] {
  if (typeof value === 'string' || value instanceof YamlList)
    return [(job.texts(key) ?? []).some((ref) => fitsRef(ref, facts))];
  if (!(value instanceof YamlMap)) {
    problems.invalid(
      `${path}:${key} has to be either an array of conditions or a hash, found ${describe(value)}`,
      job.at(key),
    );
    return [];
  }
  const reader = take(value, `${path}:${key}`, problems);
  reader.only(['refs', 'variables', 'changes'], ['kubernetes']);
  const results: boolean[] = [];
  if (value.has('refs')) results.push((reader.texts('refs') ?? []).some((ref) => fitsRef(ref, facts)));
  if (value.has('variables'))
    results.push(
      (reader.texts('variables') ?? []).map((text) => holds(text, reader, path, facts, problems)).some(Boolean),
    );
  if (value.has('changes')) {
    const changed = facts.changed(undefined);
    const patterns = reader.texts('changes') ?? [];
    results.push(typeof changed === 'string' || matchAny(patterns, changed, facts.lookup));
  }
  return results;
}

function holds(text: string, reader: Take, path: string, facts: RuleFacts, problems: Problems): boolean {
  const expression = compileExpression(text);
  if (expression === undefined)
    problems.invalid(`${path} variables Invalid expression syntax, found ${describe(text)}`, reader.at('variables'));
  return expression?.(facts.lookup) ?? false;
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
  // `branches@group/project` asks for the project as well; there is only this one.
  const name = given.startsWith('/') ? given : given.replace(/@[\w./-]+$/, '');
  if (name === 'branches') return !isTag && source !== 'merge_request_event';
  if (name === 'tags') return isTag;
  const wanted = sources[name];
  if (wanted !== undefined) return source === wanted;
  return matchesPattern(name, ref) ?? name === ref;
}
