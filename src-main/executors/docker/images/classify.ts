import type { FailureReason } from '../../types.ts';

const network = [
  'dial tcp',
  'connection refused',
  'no such host',
  'i/o timeout',
  'tls handshake',
  'client.timeout exceeded',
  'request canceled',
  'connection reset',
];
const refused = [
  'not found',
  'manifest unknown',
  'pull access denied',
  'access to the resource is denied',
  'no basic auth credentials',
  'repository does not exist or may require',
  'unauthorized',
  'authentication required',
];

/** Why a pull failed, by the engine's words (spec/executors.md 2.11, 6). Only network trouble is worth another try. */
export const pullFailureReason = (message: string): FailureReason => {
  const text = message.toLowerCase();
  if (network.some((part) => text.includes(part))) return 'runner_external_dependency_failure';
  return refused.some((part) => text.includes(part)) ? 'runner_configuration_error' : 'image_pull_failure';
};
