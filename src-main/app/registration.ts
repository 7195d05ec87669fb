import { HarrierError } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { addRunner, editConfig } from '../config/index.ts';
import {
  type ConnectionOptions,
  createCoordinatorClient,
  createRunnerInfo,
  type RegisterRequest,
  type RegistrationAnswer,
} from '../gitlab/index.ts';

export interface RegistrationDeps {
  readonly configPath: string;
  readonly systemId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Registration {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly executor: string;
  /** Further keys of the entry (`shell`, `limit`, …) and its tables (`docker`). */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly tls?: Pick<ConnectionOptions, 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile'>;
  /** For registration tokens only; GitLab itself owns these of a `glrt-` runner. */
  readonly legacy?: Partial<Omit<RegisterRequest, 'registrationToken' | 'info'>>;
}

/** An authentication token, as GitLab's pages show it since 16.0. */
export const isAuthenticationToken = (token: string): boolean => token.startsWith('glrt-');

/**
 * Adds this machine as a runner: the token is checked with the server, then the entry is written. Nothing is written
 * when the server refuses. The wizard and `register` both come here.
 */
export async function registerRunner(
  request: Registration,
  deps: RegistrationDeps,
): Promise<{ id: number; token: string }> {
  const url = request.url.trim().replace(/\/+$/, '');
  const token = request.token.trim();
  if (token === '') throw new HarrierError('INPUT_INVALID', 'the token is empty');
  const client = createCoordinatorClient({ url, env: deps.env, ...request.tls }, deps);
  const info = createRunnerInfo({
    executor: request.executor,
    shell: typeof request.settings['shell'] === 'string' ? request.settings['shell'] : '',
    executorFeatures: [],
  });
  let answer: RegistrationAnswer;
  try {
    answer = isAuthenticationToken(token)
      ? await client.verifyRunner({ token, systemId: deps.systemId, info })
      : await client.registerRunner({
          registrationToken: token,
          info,
          description: request.name,
          run_untagged: true,
          locked: true,
          paused: false,
          ...request.legacy,
        });
  } finally {
    await client.close();
  }
  if (!answer.ok) throw registrationError(answer, url);
  if (isAuthenticationToken(token) && answer.id === 0)
    throw new HarrierError('SERVER_NOT_GITLAB', `${url} took the token but did not say which runner it belongs to`);
  const obtained = new Date(Math.floor(deps.clock.now() / 1000) * 1000);
  await editConfig(
    deps.configPath,
    addRunner({
      name: request.name,
      url,
      id: answer.id,
      token: answer.token,
      token_obtained_at: obtained,
      token_expires_at: new Date(answer.expiresAt ?? '0001-01-01T00:00:00Z'),
      ...(request.tls?.tlsCaFile ? { 'tls-ca-file': request.tls.tlsCaFile } : {}),
      ...(request.tls?.tlsCertFile ? { 'tls-cert-file': request.tls.tlsCertFile } : {}),
      ...(request.tls?.tlsKeyFile ? { 'tls-key-file': request.tls.tlsKeyFile } : {}),
      executor: request.executor,
      ...request.settings,
    }),
  );
  return { id: answer.id, token: answer.token };
}

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
