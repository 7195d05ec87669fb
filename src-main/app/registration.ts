import { HarrierError } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { addRunner, editConfig } from '../config/index.ts';
import {
  type CoordinatorClient,
  createCoordinatorClient,
  createRunnerInfo,
  type RegisterRequest,
  type RegistrationAnswer,
} from '../gitlab/index.ts';
import { type EntryRequest, runnerEntry, type ServerRunner, type TlsFiles } from './runner-entry.ts';

export type { ServerRunner } from './runner-entry.ts';

export interface RegistrationDeps {
  readonly configPath: string;
  readonly systemId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is told to the server. */
export interface ServerRequest {
  readonly url: string;
  readonly token: string;
  readonly name?: string;
  readonly executor?: string;
  readonly shell?: string;
  readonly tls?: TlsFiles;
  /** For registration tokens only; GitLab itself owns these of a `glrt-` runner. */
  readonly legacy?: Partial<Omit<RegisterRequest, 'registrationToken' | 'info'>>;
}
export type Registration = ServerRequest & EntryRequest;

/** An authentication token, as GitLab's pages show it since 16.0. */
export const isAuthenticationToken = (token: string): boolean => token.startsWith('glrt-');

/**
 * Adds this machine as a runner: the token is checked with the server, then the entry is written. Nothing is written
 * when the server refuses, and the server forgets the runner when it cannot be written. The wizard and `register` both
 * come here.
 */
export async function registerRunner(
  request: Registration,
  deps: RegistrationDeps,
): Promise<{ id: number; token: string }> {
  const { shell } = request.settings;
  const runner = await askServer({ ...request, ...(typeof shell === 'string' ? { shell } : {}) }, deps);
  await saveRunner(request, runner, deps);
  return { id: runner.id, token: runner.token };
}

/**
 * Checks a `glrt-` token, or makes a runner with a registration token. Throws TOKEN_REFUSED, SERVER_UNREACHABLE and the
 * like, each with a sentence that names the server.
 */
export async function askServer(request: ServerRequest, deps: RegistrationDeps): Promise<ServerRunner> {
  const url = cleanUrl(request.url);
  const token = request.token.trim();
  if (token === '') throw new HarrierError('INPUT_INVALID', 'the token is empty');
  const info = createRunnerInfo({
    executor: request.executor ?? '',
    shell: request.shell ?? '',
    executorFeatures: [],
  });
  const answer = await withClient(request, deps, (client) =>
    isAuthenticationToken(token)
      ? client.verifyRunner({ token, systemId: deps.systemId, info })
      : client.registerRunner({
          registrationToken: token,
          info,
          ...(request.name ? { description: request.name } : {}),
          run_untagged: true,
          locked: true,
          paused: false,
          ...request.legacy,
        }),
  );
  if (!answer.ok) throw registrationError(answer, url);
  if (isAuthenticationToken(token) && answer.id === 0)
    throw new HarrierError('SERVER_NOT_GITLAB', `${url} took the token but did not say which runner it belongs to`);
  return {
    url,
    id: answer.id,
    token: answer.token,
    obtainedAt: new Date(Math.floor(deps.clock.now() / 1000) * 1000),
    expiresAt: expiryOf(answer.expiresAt),
  };
}

/** Writes the entry. When that fails, the server is asked to forget the runner, unless `leave`. */
export async function saveRunner(
  request: Registration,
  runner: ServerRunner,
  deps: RegistrationDeps,
  options: { readonly leave?: boolean } = {},
): Promise<void> {
  try {
    await editConfig(deps.configPath, addRunner(runnerEntry(request, runner)));
  } catch (error) {
    if (!options.leave) await undoRegistration(request, runner, deps).catch(() => {});
    throw error;
  }
}

/** Takes back what `askServer` made: this machine of a `glrt-` runner, else the runner. */
export const undoRegistration = (
  request: ServerRequest,
  { token }: ServerRunner,
  deps: RegistrationDeps,
): Promise<{ ok: boolean; message: string }> =>
  withClient(request, deps, (client) =>
    isAuthenticationToken(token) ? client.unregisterManager(token, deps.systemId) : client.unregisterRunner(token),
  );

/** What the server said, as a sentence that names it and the next step. */
export function registrationError(answer: Extract<RegistrationAnswer, { ok: false }>, url: string): HarrierError {
  switch (answer.kind) {
    case 'refused':
      return new HarrierError('TOKEN_REFUSED', `${url} refused this token (${answer.message})`);
    case 'invalid':
      return new HarrierError('INPUT_INVALID', `${url} did not accept the runner (${answer.message})`);
    case 'unreachable':
      return new HarrierError('SERVER_UNREACHABLE', `${url} cannot be reached: ${answer.message}`);
    case 'tls':
      return new HarrierError('SERVER_TLS', `the certificate of ${url} is not trusted: ${answer.message}`);
    case 'notGitLab':
      return new HarrierError('SERVER_NOT_GITLAB', `${url} does not answer as GitLab does (${answer.message})`);
    case 'serverError':
      return new HarrierError('SERVER_ERROR', `${url} had a problem (${answer.message})`);
  }
}

/** GitLab's `token_expires_at`; absent or unreadable: never. */
export const expiryOf = (text: string | undefined): Date => {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? new Date('0001-01-01T00:00:00Z') : date;
};

const cleanUrl = (url: string): string => url.trim().replace(/\/+$/, '');

async function withClient<T>(
  request: ServerRequest,
  deps: RegistrationDeps,
  action: (client: CoordinatorClient) => Promise<T>,
): Promise<T> {
  const client = createCoordinatorClient({ url: cleanUrl(request.url), env: deps.env, ...request.tls }, deps);
  try {
    return await action(client);
  } finally {
    await client.close();
  }
}
