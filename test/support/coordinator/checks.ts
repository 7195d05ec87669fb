import { runnerFeatureNames } from '../../../src-main/gitlab/types.ts';
import { header, type Incoming } from './answer.ts';

/** What GitLab, or those who read its logs, expect of each request; one line per breach. */
export function checkRequest(incoming: Incoming): readonly string[] {
  const what = `${incoming.method} ${incoming.path}`;
  const problems: string[] = [];
  // GitLab reads the version from it before it says 204 instead of 404.
  if (!/^gitlab-runner \d+\.\d+\.\d+ \(.+; .+; \w+\/\w+\)$/.test(header(incoming, 'user-agent')))
    problems.push(`${what}: user agent "${header(incoming, 'user-agent')}"`);
  if (!/^[0-9a-f]{32}$/.test(header(incoming, 'x-request-id')))
    problems.push(`${what}: request id "${header(incoming, 'x-request-id')}"`);
  if (incoming.body.length > 0 && header(incoming, 'content-type') === '') problems.push(`${what}: no content type`);
  return problems;
}

/** What is wrong with an `info` block; undefined when nothing is. */
export function infoProblem(info: unknown): string | undefined {
  if (typeof info !== 'object' || info === null) return 'info is missing';
  const { name, version, platform, architecture, features, config } = info as Record<string, unknown>;
  if (name !== 'gitlab-runner') return `info.name is ${JSON.stringify(name)}`;
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+$/.test(version)) return 'info.version is no version';
  if (typeof platform !== 'string' || typeof architecture !== 'string') return 'info has no platform or architecture';
  if (typeof config !== 'object' || config === null) return 'info.config is missing';
  const given = Object.entries(typeof features === 'object' && features !== null ? features : {});
  const names = given.map(([key]) => key).sort();
  if (names.join() !== [...runnerFeatureNames].sort().join()) return 'info.features has not exactly the 31 keys';
  return given.every(([, value]) => typeof value === 'boolean') ? undefined : 'info.features are not all booleans';
}
