import type { JobVariables } from './variables/types.ts';

/** Shorter ones are no secrets: GitLab masks from eight characters on. */
const shortestPhrase = 8;

/**
 * A job's variables for a window; null where the value is hidden: masked ones, those of `environment` in config.toml
 * (a window sees that key without its values too), and whatever holds something masked (`CI_REPOSITORY_URL` has the
 * job's token in it).
 */
export function shownVariables(
  variables: JobVariables,
  phrases: readonly string[],
  environment: readonly string[],
): { key: string; value: string | null }[] {
  const configured = new Set(environment.map((entry) => entry.split('=')[0]?.trim()));
  const secrets = phrases.filter(({ length }) => length >= shortestPhrase);
  return variables.all.map(({ key, value, masked }) => {
    const isHidden = masked || configured.has(key) || secrets.some((secret) => value.includes(secret));
    return { key, value: isHidden ? null : value };
  });
}
