import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Place, Problems } from '../problems.ts';
import { deepMerge } from '../yaml/merge.ts';
import { type Value, YamlList, YamlMap } from '../yaml/read.ts';
import type { CompiledJob, When } from './model.ts';
import { readArtifacts, readCaches, readImage, readNeeds, readRetry, readServices } from './parts.ts';
import { chooseOnly, chooseRule, type Rule, type RuleFacts } from './rules.ts';
import { readDuration, type Take, take } from './take.ts';
import { lookupIn, readVariables, variable } from './variables.ts';

export const globalKeys = [
  'default',
  'include',
  'stages',
  'variables',
  'workflow',
  'image',
  'services',
  'cache',
  'before_script',
  'after_script',
];
export const defaultKeys = [
  'after_script',
  'artifacts',
  'before_script',
  'cache',
  'hooks',
  'image',
  'interruptible',
  'retry',
  'services',
  'tags',
  'timeout',
];
const jobKeys = [
  ...defaultKeys,
  'allow_failure',
  'coverage',
  'dependencies',
  'environment',
  'except',
  'extends',
  'inherit',
  'needs',
  'only',
  'parallel',
  'resource_group',
  'rules',
  'script',
  'stage',
  'variables',
  'when',
  'manual_confirmation',
];
const unsupportedKeys = [
  'trigger',
  'release',
  'run',
  'secrets',
  'id_tokens',
  'identity',
  'inputs',
  'pages',
  'publish',
  'start_in',
  'dast_configuration',
];
const defaultTimeoutSeconds = 3600;

export interface JobContext {
  readonly stages: readonly string[];
  readonly defaults: YamlMap;
  readonly globalVariables: readonly JobVariable[];
  readonly predefined: readonly JobVariable[];
  /** Given with the run: they beat everything. */
  readonly runVariables: readonly JobVariable[];
  readonly facts: Omit<RuleFacts, 'lookup'>;
  readonly hashFiles: (files: readonly string[]) => string | undefined;
  readonly problems: Problems;
}

/** One entry of the file as the jobs that come of it: none (rules), one, or several (parallel). */
export function compileJob(name: string, own: YamlMap, context: JobContext): CompiledJob[] {
  const { problems } = context;
  const path = `jobs:${name}`;
  const reader = take(own, path, problems);
  reader.only(jobKeys, unsupportedKeys);
  if (unsupportedKeys.some((key) => own.entries.has(key) && ['trigger', 'run'].includes(key))) return [];
  const job = withDefaults(own, reader, context, path);
  const merged = take(job, path, problems);
  const script = merged.texts('script');
  if (script === undefined || script.length === 0) {
    if (!own.entries.has('script'))
      problems.invalid(`jobs ${name} config should implement the script:, run:, or trigger: keyword`, own.place);
    else problems.invalid(`${path} script can't be blank`, own.at('script'));
    return [];
  }
  const stage = merged.text('stage') ?? 'test';
  const stageIndex = context.stages.indexOf(stage);
  if (stageIndex === -1)
    problems.invalid(
      `${name} job: chosen stage ${stage} does not exist; available stages are ${context.stages.join(', ')}`,
      own.at('stage'),
    );
  const inherited = inheritVariables(own, context.globalVariables);
  const given = readVariables(own.get('variables'), `${path}:variables`, true, problems);
  return nodesOf(own.get('parallel'), name, path, own.at('parallel'), problems).flatMap((node) => {
    const variables = [...inherited, ...given, ...node.variables];
    const lookup = lookupIn([
      ...context.predefined,
      ...jobIdentity(node.name, stage),
      ...variables,
      ...context.runVariables,
    ]);
    const rule = choose(job, path, { ...context.facts, lookup }, problems);
    if (rule === 'none') return [];
    const base = readWhen(merged, path, own, problems);
    const when = (rule?.when ?? base) as When | 'delayed';
    if (when === 'delayed')
      problems.unsupported(`${path}: \`when: delayed\` is not supported locally yet`, own.at('when'));
    const allow = readAllowFailure(job.get('allow_failure'), path, own.at('allow_failure'), problems);
    return [
      {
        name: node.name,
        stage,
        stageIndex,
        place: own.place,
        script: [...(merged.texts('before_script') ?? []), ...script],
        afterScript: merged.texts('after_script') ?? [],
        image: readImage(job.get('image'), `${path}:image`, false, problems),
        services: readServices(job.get('services'), `${path}:services`, problems),
        variables: [
          ...jobIdentity(node.name, stage),
          ...variables,
          ...(rule?.variables ?? []),
          ...readEnvironment(merged),
        ],
        needs: readNeeds(rule?.needs ?? job.get('needs'), path, problems),
        dependencies: merged.texts('dependencies') ?? (isEmptyList(job.get('dependencies')) ? [] : undefined),
        when: when === 'delayed' ? 'manual' : when,
        // A manual job of the job's own `when` is optional; one that a rule made manual blocks (GitLab's default).
        allowFailure: rule?.allowFailure ?? allow.flag ?? (base === 'manual' && rule?.when === undefined),
        allowFailureCodes: rule?.allowFailure === undefined ? allow.codes : [],
        artifacts: readArtifacts(job.get('artifacts'), `${path}:artifacts`, problems),
        cache: readCaches(job.get('cache'), path, context.hashFiles, problems),
        retry: readRetry(job.get('retry'), path, problems),
        timeoutSeconds: readTimeout(merged, path, problems),
        tags: merged.texts('tags') ?? [],
        hooks: readHooks(merged, path, problems),
        resourceGroup: merged.text('resource_group'),
        node: node.node,
      },
    ];
  });
}

/** The job over `default:` and the old global keys; a key of the job replaces the default whole. */
function withDefaults(own: YamlMap, reader: Take, { defaults, problems }: JobContext, path: string): YamlMap {
  const inherit = reader.map('inherit');
  if (inherit !== undefined) take(inherit, `${path}:inherit`, problems).only(['default', 'variables']);
  const wanted = inherit?.get('default');
  const allowed = (key: string): boolean =>
    wanted === undefined || wanted === true ? true : wanted instanceof YamlList ? wanted.items.includes(key) : false;
  const base = new YamlMap(own.place);
  for (const [key, value] of defaults.entries) if (allowed(key)) base.set(key, value, defaults.at(key));
  const result = deepMerge(new YamlMap(own.place), own);
  for (const [key, value] of base.entries) if (!own.entries.has(key)) result.set(key, value, base.at(key));
  return result;
}

function inheritVariables(own: YamlMap, globals: readonly JobVariable[]): readonly JobVariable[] {
  const inherit = own.get('inherit');
  const wanted = inherit instanceof YamlMap ? inherit.get('variables') : undefined;
  if (wanted === false) return [];
  if (!(wanted instanceof YamlList)) return globals;
  return globals.filter(({ key }) => wanted.items.includes(key ?? ''));
}

function choose(job: YamlMap, path: string, facts: RuleFacts, problems: Problems): Rule | 'none' | undefined {
  const rules = job.get('rules');
  if (rules === undefined || rules === null) return chooseOnly(job, path, facts, problems) ? undefined : 'none';
  for (const key of ['only', 'except'])
    if (job.entries.has(key))
      problems.invalid(`${path} config key may not be used with \`rules\`: ${key}`, job.at(key));
  return chooseRule(rules, path, facts, problems);
}

function readWhen(reader: Take, _path: string, _own: YamlMap, _problems: Problems): When | 'delayed' {
  return reader.oneOf('when', ['on_success', 'on_failure', 'always', 'manual', 'delayed']) ?? 'on_success';
}

function readAllowFailure(value: Value | undefined, path: string, place: Place, problems: Problems) {
  if (value === undefined || value === null) return { flag: undefined, codes: [] };
  if (typeof value === 'boolean') return { flag: value, codes: [] };
  const codes = value instanceof YamlMap ? value.get('exit_codes') : undefined;
  const list = (codes instanceof YamlList ? codes.items : [codes]).filter((code) => typeof code === 'number');
  if (list.length === 0)
    problems.invalid(`${path} allow_failure should be a hash with exit_codes or a boolean value`, place);
  return { flag: false, codes: list };
}

function readTimeout(reader: Take, path: string, problems: Problems): number {
  const text = reader.text('timeout');
  if (text === undefined) return defaultTimeoutSeconds;
  const seconds = readDuration(text);
  if (seconds === undefined) problems.invalid(`${path} timeout should be a duration`, reader.at('timeout'));
  return seconds ?? defaultTimeoutSeconds;
}

function readHooks(reader: Take, path: string, problems: Problems) {
  const hooks = reader.map('hooks');
  if (hooks === undefined) return [];
  const inner = take(hooks, `${path}:hooks`, problems);
  inner.only(['pre_get_sources_script']);
  const script = inner.texts('pre_get_sources_script');
  return script ? [{ name: 'pre_get_sources_script', script }] : [];
}

function readEnvironment(reader: Take): JobVariable[] {
  const value = reader.value('environment');
  const name = value instanceof YamlMap ? value.get('name') : value;
  if (typeof name !== 'string') return [];
  const url = value instanceof YamlMap ? value.get('url') : undefined;
  const action = value instanceof YamlMap ? value.get('action') : undefined;
  return [
    variable('CI_ENVIRONMENT_NAME', name),
    variable('CI_ENVIRONMENT_SLUG', slug(name).slice(0, 24).replace(/-+$/, '')),
    variable('CI_ENVIRONMENT_ACTION', typeof action === 'string' ? action : 'start'),
    ...(typeof url === 'string' ? [variable('CI_ENVIRONMENT_URL', url)] : []),
  ];
}

/** GitLab's slug: lower case, everything else a dash, 63 characters, no dash at the ends. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');

const jobIdentity = (name: string, stage: string): JobVariable[] => [
  variable('CI_JOB_NAME', name, true),
  variable('CI_JOB_NAME_SLUG', slug(name), true),
  variable('CI_JOB_STAGE', stage, true),
  variable('CI_JOB_GROUP_NAME', name.replace(/(?: \d+\/\d+|: \[.*\])$/, ''), true),
];

interface NodePlan {
  readonly name: string;
  readonly variables: readonly JobVariable[];
  readonly node: { readonly index: number; readonly total: number } | undefined;
}
const mostNodes = 200;

/** `parallel`: a number, or a matrix of variables whose first key changes slowest. */
function nodesOf(value: Value | undefined, name: string, path: string, place: Place, problems: Problems): NodePlan[] {
  const single: NodePlan[] = [{ name, variables: [], node: undefined }];
  if (value === undefined || value === null) return single;
  if (typeof value === 'number') {
    if (value < 1 || value > mostNodes || !Number.isInteger(value)) {
      problems.invalid(
        `${path}:parallel config must be greater than or equal to 1 and less than or equal to ${mostNodes}`,
        place,
      );
      return single;
    }
    return Array.from({ length: value }, (_, index) => ({
      name: `${name} ${index + 1}/${value}`,
      variables: [],
      node: { index: index + 1, total: value },
    }));
  }
  const matrix = value instanceof YamlMap ? value.get('matrix') : undefined;
  const entries = matrix instanceof YamlList ? matrix.items : [];
  if (entries.length === 0 || entries.some((entry) => !(entry instanceof YamlMap))) {
    problems.invalid(`${path}:parallel should be an integer or a hash with a matrix`, place);
    return single;
  }
  const combinations = (entries as YamlMap[]).flatMap((entry) =>
    [...entry.entries].reduce<[string, string][][]>(
      (sets, [key, given]) =>
        sets.flatMap((set) =>
          (given instanceof YamlList ? given.items : [given]).map((item): [string, string][] => [
            ...set,
            [key, String(item)],
          ]),
        ),
      [[]],
    ),
  );
  if (combinations.length > mostNodes) {
    problems.invalid(`${path}:parallel generates too many jobs (maximum is ${mostNodes})`, place);
    return single;
  }
  return combinations.map((set, index) => ({
    name: `${name}: [${set.map(([, text]) => text).join(', ')}]`,
    variables: set.map(([key, text]) => variable(key, text)),
    node: { index: index + 1, total: combinations.length },
  }));
}

const isEmptyList = (value: Value | undefined): boolean => value instanceof YamlList && value.items.length === 0;
