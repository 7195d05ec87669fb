import type { JobVariable } from '../../../src-shared/payload.ts';
import { YamlList, type YamlMap } from '../yaml/value.ts';
import { readArtifacts } from './artifacts.ts';
import { readCaches } from './cache.ts';
import type { JobContext } from './context.ts';
import { readEnvironment } from './environment.ts';
import { readHooks, readImage, readServices } from './image.ts';
import { inheritVariables, withDefaults } from './inherit.ts';
import type { CompiledJob } from './model.ts';
import { readNeeds } from './needs.ts';
import { chooseOnly } from './only.ts';
import { matchesPattern } from './operators.ts';
import { type NodePlan, nodesOf } from './parallel.ts';
import { readAllowFailure, readRetry } from './retry.ts';
import { type ChosenRule, chooseRule, jobRules } from './rules.ts';
import { slug } from './slug.ts';
import { type Take, take } from './take.ts';
import { expandAll, expandText, type Lookup, lookupIn, readVariables, variable } from './variables.ts';

const defaultTimeoutSeconds = 3600;
const longestTimeoutSeconds = 30 * 86_400;
const longestName = 255;

const jobKeys = [
  'after_script',
  'allow_failure',
  'artifacts',
  'before_script',
  'cache',
  'coverage',
  'dependencies',
  'environment',
  'except',
  'hooks',
  'image',
  'inherit',
  'interruptible',
  'manual_confirmation',
  'needs',
  'only',
  'parallel',
  'resource_group',
  'retry',
  'rules',
  'script',
  'services',
  'stage',
  'tags',
  'timeout',
  'variables',
  'when',
];
/** What a server does with them cannot be done here yet; running without them would be another pipeline. */
const unsupportedKeys = [
  'dast_configuration',
  'id_tokens',
  'identity',
  'inputs',
  'pages',
  'publish',
  'release',
  'run',
  'secrets',
  'start_in',
  'trigger',
];

/** One entry of the file as the jobs that come of it: none (rules), one, or several (parallel). */
export function compileJob(name: string, own: YamlMap, context: JobContext): CompiledJob[] {
  const { problems } = context;
  const path = `jobs:${name}`;
  if (name.length > longestName) problems.invalid(`${path} name is too long (maximum is ${longestName})`, own.place);
  take(own, path, problems).only(jobKeys, unsupportedKeys);
  // Such a job has no script of its own: everything else about it is moot.
  if (own.has('trigger') || own.has('run')) {
    for (const key of ['trigger', 'run'])
      if (own.has(key) && own.has('script'))
        problems.invalid(`${path} config contains mutually exclusive keys: script, ${key}`, own.at(key));
    return [];
  }
  const job = take(withDefaults(own, context, path), path, problems);
  const script = readScript(name, own, job, context);
  const stage = readStage(name, job, context);
  checkServerKeys(job, path, context);
  const variables = [
    ...inheritVariables(own, context.globalVariables),
    ...readVariables(job.value('variables'), `${path}:variables`, job.at('variables'), true, problems),
  ];
  const nodes = nodesOf(job, name, path, problems);
  return nodes.flatMap((node) => compileNode({ own, job, path, node, stage, script, variables }, context));
}

interface Parts {
  readonly own: YamlMap;
  readonly job: Take;
  readonly path: string;
  readonly node: NodePlan;
  readonly stage: string;
  readonly script: readonly string[];
  /** Global and own ones, without those of the node and the rule. */
  readonly variables: readonly JobVariable[];
}

function compileNode(parts: Parts, context: JobContext): CompiledJob[] {
  const { own, job, path, node, stage } = parts;
  const { problems, predefined, runVariables } = context;
  const identity = identityOf(node, stage, context);
  const variables = [...parts.variables, ...node.variables];
  const chosen = choose(job, path, lookupIn([...predefined, ...identity, ...variables, ...runVariables]), context);
  const rule = chosen === 'none' ? undefined : chosen;
  const base = job.oneOf('when', ['on_success', 'on_failure', 'always', 'manual', 'delayed']) ?? 'on_success';
  const allow = readAllowFailure(job, path, problems);
  const all = [...variables, ...(rule?.variables ?? [])];
  const lookup = lookupIn([...predefined, ...identity, ...all, ...runVariables]);
  const environment = readEnvironment(job, path, lookup, problems);
  const when = rule?.when ?? base;
  if (when === 'delayed')
    problems.unsupported(
      `${path}: \`when: delayed\` is not supported locally yet`,
      rule?.when ? rule.place : job.at('when'),
    );
  const compiled: CompiledJob = {
    name: node.name,
    stage,
    stageIndex: context.stages.indexOf(stage),
    place: own.place,
    script: [...(job.texts('before_script') ?? []), ...parts.script],
    afterScript: job.texts('after_script') ?? [],
    image: readImage(job.value('image'), `${path}:image`, job.at('image'), problems),
    services: readServices(job, path, problems),
    identity: [...identity, ...environment.variables],
    variables: all,
    needs: readNeeds(rule?.needs ?? job.value('needs'), rule?.needs ? rule.place : job.at('needs'), path, problems),
    dependencies: job.list('dependencies'),
    when: when === 'delayed' ? 'manual' : when,
    // A manual job of the job's own `when` is optional; one that a rule made manual blocks (GitLab's default).
    allowFailure: rule?.allowFailure ?? allow.flag ?? (base === 'manual' && rule?.when === undefined),
    allowFailureCodes: rule?.allowFailure === undefined ? allow.codes : [],
    artifacts: readArtifacts(job, path, problems),
    cache: readCaches(job, path, { lookup, hashFiles: context.hashFiles }, problems),
    retry: readRetry(job, path, problems),
    timeoutSeconds: readTimeout(job),
    tags: job.texts('tags') ?? [],
    hooks: readHooks(job, path, problems),
    resourceGroup: resourceGroup(job, lookup),
    onStop: environment.onStop,
    node: node.node,
  };
  const { problem } = expandAll([...predefined, ...compiled.identity, ...all, ...runVariables]);
  if (problem !== undefined) problems.invalid(`${path}: ${problem}`, job.at('variables'));
  // Read to its end all the same: what is wrong is wrong on every branch.
  return chosen === 'none' ? [] : [compiled];
}

function choose(job: Take, path: string, lookup: Lookup, context: JobContext): ChosenRule | 'none' | undefined {
  const { problems } = context;
  const facts = { ...context.facts, lookup };
  const rules = job.value('rules');
  if (rules === undefined) return chooseOnly(job, path, facts, problems) ? undefined : 'none';
  for (const key of ['only', 'except'])
    if (job.value(key) !== undefined)
      problems.invalid(`${path} config key may not be used with \`rules\`: ${key}`, job.at(key));
  return chooseRule(rules, path, job.at('rules'), jobRules, facts, problems);
}

function readScript(name: string, own: YamlMap, job: Take, { problems }: JobContext): readonly string[] {
  const value = job.value('script');
  if (!own.has('script'))
    problems.invalid(`jobs ${name} config should implement the script:, run:, or trigger: keyword`, own.place);
  else if (value === undefined || value === '' || (value instanceof YamlList && value.items.length === 0))
    problems.invalid(`jobs:${name} script can't be blank`, own.at('script'));
  return job.texts('script') ?? [];
}

function readStage(name: string, job: Take, { stages, problems }: JobContext): string {
  const stage = job.text('stage') ?? 'test';
  if (!stages.includes(stage))
    problems.invalid(
      `${name} job: chosen stage ${stage} does not exist; available stages are ${stages.join(', ')}`,
      job.at('stage'),
    );
  return stage;
}

/** Keys that only a server acts on; here they change nothing, but they must be right. */
function checkServerKeys(job: Take, path: string, { problems }: JobContext): void {
  job.flag('interruptible');
  job.text('manual_confirmation');
  const coverage = job.text('coverage');
  if (coverage === undefined) return;
  if (matchesPattern(coverage, '') === undefined)
    problems.invalid(`${path} coverage should be a regular expression between slashes`, job.at('coverage'));
}

const resourceGroup = (job: Take, lookup: Lookup): string | undefined => {
  const name = job.text('resource_group');
  return name === undefined ? undefined : expandText(name, lookup);
};

function readTimeout(job: Take): number {
  const seconds = job.duration('timeout');
  if (seconds !== undefined && (seconds < 1 || seconds >= longestTimeoutSeconds))
    job.wrong('timeout', 'a duration of less than one month');
  return seconds ?? defaultTimeoutSeconds;
}

const identityOf = ({ name, node }: NodePlan, stage: string, { pipelineName }: JobContext): JobVariable[] => [
  variable('CI_JOB_NAME', name, true),
  variable('CI_JOB_NAME_SLUG', slug(name), true),
  variable('CI_JOB_STAGE', stage, true),
  variable('CI_JOB_GROUP_NAME', node?.of ?? name, true),
  variable('CI_NODE_TOTAL', String(node?.total ?? 1), true),
  ...(node ? [variable('CI_NODE_INDEX', String(node.index), true)] : []),
  ...(pipelineName !== undefined ? [variable('CI_PIPELINE_NAME', pipelineName, true)] : []),
];
