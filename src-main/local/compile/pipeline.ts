import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { loadTree } from '../yaml/include.ts';
import { type Value, YamlList, YamlMap } from '../yaml/read.ts';
import { resolveTree } from '../yaml/resolve.ts';
import { checkNeeds } from './check.ts';
import { compileJob, defaultKeys, globalKeys, type JobContext } from './jobs.ts';
import type { CompiledJob, CompiledPipeline } from './model.ts';
import { chooseRule, type RuleFacts } from './rules.ts';
import { take } from './take.ts';
import { expandText, lookupIn, readVariables } from './variables.ts';

export interface CompileInput {
  readonly folder: string;
  /** Relative to the folder; `.gitlab-ci.yml` unless the project says otherwise. */
  readonly file: string;
  readonly predefined: readonly JobVariable[];
  readonly runVariables: readonly JobVariable[];
  readonly facts: Omit<RuleFacts, 'lookup'>;
  readonly hashFiles: (files: readonly string[]) => string | undefined;
}

const standardStages = ['build', 'test', 'deploy'];

/** `.gitlab-ci.yml` -> jobs, in GitLab's order of steps. What is wrong goes to `problems`; the result is then partial. */
export function compileYaml(input: CompileInput, problems: Problems): CompiledPipeline {
  const empty: CompiledPipeline = { stages: [], jobs: [], variables: [] };
  const early = lookupIn([...input.predefined, ...input.runVariables]);
  const loaded = loadTree(input.folder, input.file, input.facts.files, (text) => expandText(text, early), problems);
  if (loaded === undefined || problems.list.length > 0) return empty;
  const tree = resolveTree(loaded, problems);
  const globals = take(tree, 'root', problems);
  if (tree.entries.has('spec')) problems.unsupported('`spec:` is not supported locally yet', tree.at('spec'));
  const stages = [
    '.pre',
    ...(globals.texts('stages') ?? standardStages).filter((name) => name !== '.pre' && name !== '.post'),
    '.post',
  ];
  const globalVariables = readVariables(tree.get('variables'), 'variables', false, problems);
  const workflow = readWorkflow(
    tree,
    { ...input.facts, lookup: lookupIn([...input.predefined, ...globalVariables, ...input.runVariables]) },
    problems,
  );
  if (workflow === undefined) return empty;
  const variables = [...globalVariables, ...workflow];
  const context: JobContext = {
    stages,
    defaults: readDefaults(tree, problems),
    globalVariables: variables,
    predefined: input.predefined,
    runVariables: input.runVariables,
    facts: input.facts,
    hashFiles: input.hashFiles,
    problems,
  };
  const jobs: CompiledJob[] = [];
  let visible = 0;
  for (const [name, value] of tree.entries) {
    if (name.startsWith('.') || globalKeys.includes(name) || name === 'spec') continue;
    visible += 1;
    if (value instanceof YamlMap) jobs.push(...compileJob(name, value, context));
    else problems.invalid(`jobs ${name} config should be a hash`, tree.at(name));
  }
  if (visible === 0) problems.invalid('jobs config should contain at least one visible job');
  jobs.sort((a, b) => a.stageIndex - b.stageIndex);
  checkNeeds(jobs, tree, problems);
  if (problems.list.length === 0 && !jobs.some(({ stage }) => stage !== '.pre' && stage !== '.post'))
    problems.invalid(
      'Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.',
    );
  const used = new Set(jobs.map(({ stage }) => stage));
  return { stages: stages.filter((stage) => used.has(stage)), jobs, variables };
}

/** `default:` and the same keys at the top; both for one key is an error. */
function readDefaults(tree: YamlMap, problems: Problems): YamlMap {
  const given = tree.get('default');
  const defaults = given instanceof YamlMap ? given.copy() : new YamlMap(tree.place);
  if (given instanceof YamlMap) take(given, 'default', problems).only(defaultKeys, ['id_tokens', 'identity']);
  else if (given !== undefined && given !== null)
    problems.invalid('default config should be a hash', tree.at('default'));
  for (const key of ['image', 'services', 'cache', 'before_script', 'after_script']) {
    const value = tree.get(key);
    if (value === undefined) continue;
    if (defaults.entries.has(key))
      problems.invalid(`${key} is defined in top-level and \`default:\` entry`, tree.at(key));
    defaults.set(key, value, tree.at(key));
  }
  return defaults;
}

/** Variables of the workflow rule that matched; undefined: no pipeline. */
function readWorkflow(tree: YamlMap, facts: RuleFacts, problems: Problems): readonly JobVariable[] | undefined {
  const workflow: Value | undefined = tree.get('workflow');
  if (workflow === undefined || workflow === null) return [];
  if (!(workflow instanceof YamlMap)) {
    problems.invalid('workflow config should be a hash', tree.at('workflow'));
    return undefined;
  }
  take(workflow, 'workflow', problems).only(['rules', 'name', 'auto_cancel']);
  const rules = workflow.get('rules');
  if (!(rules instanceof YamlList)) return [];
  const rule = chooseRule(rules, 'workflow', facts, problems);
  if (rule !== 'none') return rule.variables;
  problems.invalid('Pipeline filtered out by workflow rules.', workflow.at('rules'));
  return undefined;
}
