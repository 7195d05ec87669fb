import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import { YamlMap } from '../yaml/value.ts';
import { environmentSlug } from './slug.ts';
import { type Take, take } from './take.ts';
import { expandText, type Lookup, variable } from './variables.ts';

const tiers = ['production', 'staging', 'testing', 'development', 'other'] as const;
const actions = ['start', 'prepare', 'stop', 'verify', 'access'] as const;

export interface Environment {
  readonly variables: readonly JobVariable[];
  readonly onStop: string | undefined;
}

/** `environment:` as the variables that a job gets of it. Deployments themselves are a server's business. */
export function readEnvironment(job: Take, path: string, lookup: Lookup, problems: Problems): Environment {
  const value = job.value('environment');
  const none: Environment = { variables: [], onStop: undefined };
  if (value === undefined) return none;
  if (typeof value === 'string') return { ...none, variables: variablesOf({ name: value }, lookup) };
  if (!(value instanceof YamlMap)) {
    job.wrong('environment', 'a string or a hash');
    return none;
  }
  const reader = take(value, `${path}:environment`, problems);
  reader.only(['name', 'url', 'on_stop', 'action', 'auto_stop_in', 'deployment_tier'], ['kubernetes']);
  const name = reader.text('name');
  if (name === undefined) problems.invalid(`${path}:environment name can't be blank`, value.place);
  if (reader.value('auto_stop_in') !== 'never') reader.duration('auto_stop_in');
  const parts = {
    name: name ?? '',
    url: reader.text('url'),
    action: reader.oneOf('action', actions),
    tier: reader.oneOf('deployment_tier', tiers),
  };
  return { variables: variablesOf(parts, lookup), onStop: reader.text('on_stop') };
}

interface Parts {
  readonly name: string;
  readonly url?: string | undefined;
  readonly action?: string | undefined;
  readonly tier?: string | undefined;
}

function variablesOf({ name, url, action, tier }: Parts, lookup: Lookup): JobVariable[] {
  const expanded = expandText(name, lookup);
  return [
    variable('CI_ENVIRONMENT_NAME', expanded, true),
    variable('CI_ENVIRONMENT_SLUG', environmentSlug(expanded), true),
    variable('CI_ENVIRONMENT_ACTION', action ?? 'start', true),
    variable('CI_ENVIRONMENT_TIER', tier ?? tierOf(expanded), true),
    ...(url === undefined ? [] : [variable('CI_ENVIRONMENT_URL', url)]),
  ];
}

/** GitLab's guess by the name. */
function tierOf(name: string): (typeof tiers)[number] {
  if (/dev|review|trunk/i.test(name)) return 'development';
  if (/test|tst|int|acc?ept|acpt|qa|qc|control|quality/i.test(name)) return 'testing';
  if (/sta?g|mode?l|pre|demo|non/i.test(name)) return 'staging';
  return /pro?d|live/i.test(name) ? 'production' : 'other';
}
