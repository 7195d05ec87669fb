import { configurationError, type DockerSettings } from '../settings.ts';

export type PullPolicy = 'always' | 'if-not-present' | 'never';
const known: readonly string[] = ['always', 'if-not-present', 'never'] satisfies readonly PullPolicy[];

export interface Policies {
  /** Tried in this order. */
  readonly effective: readonly PullPolicy[];
  /** The effective list is not what was asked for. */
  readonly narrowed: boolean;
}

/** The job's policies, else those of the config, as far as they are allowed (spec/executors.md 2.11, 1). */
export function choosePolicies(image: string, asked: readonly string[], settings: DockerSettings): Policies {
  const configured = settings.pull_policy.length > 0 ? settings.pull_policy : ['always'];
  check('pull_policy config', configured);
  const allowed = settings.allowed_pull_policies.length > 0 ? settings.allowed_pull_policies : configured;
  check('allowed_pull_policies config', allowed);
  check('pull_policy', asked);
  const wanted = asked.length > 0 ? asked : configured;
  const effective = wanted.filter((policy): policy is PullPolicy => allowed.includes(policy) && known.includes(policy));
  if (effective.length === 0) {
    const origin =
      asked.length > 0
        ? 'GitLab pipeline config'
        : settings.pull_policy.length > 0
          ? 'Runner config'
          : 'Runner config (default)';
    throw configurationError(
      `invalid pull policy for image "${image}": pull_policy (${listed(wanted)}) defined in ${origin} is not one of the allowed_pull_policies (${listed(allowed)})`,
    );
  }
  return { effective, narrowed: effective.length !== wanted.length };
}

/** As Go prints a list: `[a b]`. */
export const listed = (values: readonly string[]): string => `[${values.join(' ')}]`;

const check = (key: string, values: readonly string[]): void => {
  const unknown = values.find((value) => !known.includes(value));
  if (unknown !== undefined) throw configurationError(`unsupported ${key}: "${unknown}"`);
};
