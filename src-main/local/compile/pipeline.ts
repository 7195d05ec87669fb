import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { loadTree } from '../yaml/include.ts';
import { resolveTree } from '../yaml/resolve.ts';
import { describe, type Value, YamlMap } from '../yaml/value.ts';
import { checkJobs } from './check.ts';
import type { JobContext } from './context.ts';
import { readDefaults, topLevelDefaults } from './inherit.ts';
import { compileJob } from './job.ts';
import type { CompiledJob, CompiledPipeline } from './model.ts';
import type { RuleFacts } from './rules.ts';
import { take } from './take.ts';
import { lookupIn, readVariables } from './variables.ts';
import { readWorkflow } from './workflow.ts';

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
const edgeStages = ['.pre', '.post'];
const globalKeys = ['default', 'include', 'stages', 'variables', 'workflow', 'spec', ...topLevelDefaults];
/** Names that GitLab keeps for itself. */
const reservedNames = ['true', 'false', 'nil', 'pages:deploy'];
const empty: CompiledPipeline = { stages: [], jobs: [], omitted: [] };

/** `.gitlab-ci.yml` -> jobs, in GitLab's order of steps. What is wrong goes to `problems`; the result is then partial. */
export function compileYaml(input: CompileInput, problems: Problems): CompiledPipeline {
  try {
    return compileTree(input, problems);
  } catch (error) {
    // Chains of thousands of variables or references go deeper than the program's stack.
    if (!(error instanceof RangeError)) throw error;
    problems.invalid('the file is nested too deep', { file: input.file, line: 1 });
    return empty;
  }
}

function compileTree(input: CompileInput, problems: Problems): CompiledPipeline {
  const early = { ...input.facts, lookup: lookupIn([...input.predefined, ...input.runVariables]) };
  const loaded = loadTree(input, early, problems);
  if (loaded === undefined) return empty;
  const tree = resolveTree(loaded, problems);
  const globals = take(tree, 'root', problems);
  const named = (globals.texts('stages') ?? standardStages).filter((stage) => !edgeStages.includes(stage));
  const stages = ['.pre', ...new Set(named), '.post'];
  const globalVariables = readVariables(tree.get('variables'), 'variables', tree.at('variables'), false, problems);
  const workflow = readWorkflow(
    globals,
    { ...input.facts, lookup: lookupIn([...input.predefined, ...globalVariables, ...input.runVariables]) },
    problems,
  );
  const context: JobContext = {
    ...input,
    stages,
    defaults: readDefaults(tree, problems),
    globalVariables: [...globalVariables, ...workflow.variables],
    pipelineName: workflow.name,
    problems,
  };
  const omitted: string[] = [];
  const jobs = checkJobs(compileJobs(tree, context, input.file, omitted), tree, problems);
  if (problems.list.length === 0 && !jobs.some(({ stage }) => !edgeStages.includes(stage)))
    problems.invalid(
      'Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.',
      { file: input.file, line: 1 },
    );
  const used = new Set(jobs.map(({ stage }) => stage));
  return { stages: stages.filter((stage) => used.has(stage)), jobs, omitted };
}

/** Every visible entry, in the order of stages and then of the file; names of those without a job go to `omitted`. */
function compileJobs(tree: YamlMap, context: JobContext, file: string, omitted: string[]): CompiledJob[] {
  const { problems } = context;
  const entries: [string, Value][] = [...tree.entries].filter(
    ([name]) => !name.startsWith('.') && !globalKeys.includes(name),
  );
  if (entries.length === 0) problems.invalid('jobs config should contain at least one visible job', { file, line: 1 });
  const jobs = entries.flatMap(([name, value]) => {
    if (reservedNames.includes(name))
      problems.invalid(`jobs:${name} is a name that GitLab keeps for itself`, tree.at(name));
    // The line of a job is that of its name.
    if (value instanceof YamlMap) {
      const compiled = compileJob(name, new YamlMap(tree.at(name), value.entries, value.places), context);
      if (compiled.length === 0) omitted.push(name);
      return compiled;
    }
    problems.invalid(`jobs:${name} config should be a hash, found ${describe(value)}`, tree.at(name));
    return [];
  });
  return jobs.sort((a, b) => a.stageIndex - b.stageIndex);
}
