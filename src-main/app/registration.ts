import { HarrierError } from '../../src-shared/errors.ts';
import type { RunnerScope, ServerSettings, TokenKind } from '../../src-shared/runner-calls.ts';
import { tokenKindOf } from '../../src-shared/token-kind.ts';
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
import { type SharedSettings, wayOut } from './connection.ts';
import { type EntryRequest, runnerEntry, type ServerRunner, type TlsFiles } from './runner-entry.ts';

export type { ServerRunner } from './runner-entry.ts';

export interface RegistrationDeps {
  readonly configPath: string;
  readonly systemId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The settings of the config file as it is now: proxy and authorities. */
  readonly settings: () => SharedSettings;
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
  /** What the token is, where its prefix does not say it. */
  readonly kind?: TokenKind;
  /** For personal access tokens: what the runner serves, and what GitLab keeps of it. */
  readonly scope?: RunnerScope;
  readonly server?: ServerSettings;
}
export type Registration = ServerRequest & EntryRequest;

/** How a token is used: to make a runner with a registration or personal token, or as a runner's own. */
const wayOf = ({ token, kind }: ServerRequest): 'runner' | 'registration' | 'personal' => {
  const known = tokenKindOf(token.trim());
  if (known !== 'unknown') return known;
  return kind === undefined || kind === 'unknown' ? 'registration' : kind;
};

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
  const way = wayOf(request);
  const answer = await withClient(request, deps, (client) => askAs(way, client, { ...request, token }, deps));
  if (!answer.ok) throw registrationError(answer, url, way);
  if (way === 'runner' && answer.id === 0)
    throw new HarrierError('SERVER_NOT_GITLAB', `${url} took the token but did not say which runner it belongs to`);
  return {
    url,
    id: answer.id,
    token: answer.token,
    obtainedAt: new Date(Math.floor(deps.clock.now() / 1000) * 1000),
    expiresAt: expiryOf(answer.expiresAt),
  };
}

function askAs(
  way: 'runner' | 'registration' | 'personal',
  client: CoordinatorClient,
  request: ServerRequest,
  deps: RegistrationDeps,
): Promise<RegistrationAnswer> {
  const { token, name, server = {} } = request;
  const info = createRunnerInfo({
    executor: request.executor ?? '',
    shell: request.shell ?? '',
    executorFeatures: [],
  });
  if (way === 'runner') return client.verifyRunner({ token, systemId: deps.systemId, info });
  if (way === 'personal')
    return client.createRunner({ personalToken: token, parameters: creationParameters(name, server, request.scope) });
  return client.registerRunner({
    registrationToken: token,
    info,
    ...(name ? { description: name } : {}),
    run_untagged: true,
    locked: true,
    paused: false,
    ...serverParameters(server),
    ...request.legacy,
  });
}

/** Names of GitLab's API. Without tags a runner that takes no untagged jobs would never get one. */
const serverParameters = (server: ServerSettings) => ({
  ...(server.tags?.length ? { tag_list: server.tags.join(',') } : {}),
  ...(server.runUntagged !== undefined ? { run_untagged: server.runUntagged || !server.tags?.length } : {}),
  ...(server.locked !== undefined ? { locked: server.locked } : {}),
  ...(server.paused !== undefined ? { paused: server.paused } : {}),
  ...(server.protectedOnly !== undefined
    ? { access_level: server.protectedOnly ? 'ref_protected' : 'not_protected' }
    : {}),
  ...(server.maximumTimeout !== undefined ? { maximum_timeout: server.maximumTimeout } : {}),
  ...(server.note ? { maintenance_note: server.note } : {}),
});

/** The body of POST /user/runners (spec/coordinator-api.md 1.5). */
function creationParameters(name: string | undefined, server: ServerSettings, scope: RunnerScope | undefined) {
  if (scope === undefined)
    throw new HarrierError('INPUT_INVALID', 'choose what the runner serves: the instance, a group or a project');
  return {
    runner_type: `${scope.type}_type`,
    ...(scope.type === 'group' ? { group_id: scope.id } : {}),
    ...(scope.type === 'project' ? { project_id: scope.id } : {}),
    ...(name ? { description: name } : {}),
    ...serverParameters(server),
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

/** Takes back what `askServer` made: this machine of a runner that was there before, else the runner. */
export const undoRegistration = (
  request: ServerRequest,
  { token }: ServerRunner,
  deps: RegistrationDeps,
): Promise<{ ok: boolean; message: string }> =>
  withClient(request, deps, (client) =>
    wayOf(request) === 'runner' ? client.unregisterManager(token, deps.systemId) : client.unregisterRunner(token),
  );

/** What the server said, as a sentence that names it and the next step. */
export function registrationError(
  answer: Extract<RegistrationAnswer, { ok: false }>,
  url: string,
  way: 'runner' | 'registration' | 'personal' = 'runner',
): HarrierError {
  switch (answer.kind) {
    case 'refused':
      return refusal(answer, url, way);
    case 'invalid':
      return new HarrierError('INPUT_INVALID', `${url} did not accept the runner (${answer.message})`);
    case 'unreachable':
      return new HarrierError('SERVER_UNREACHABLE', `${url} cannot be reached: ${answer.message}`);
    case 'tls':
      return new HarrierError('SERVER_TLS', `no secure connection to ${url}: ${answer.message}`);
    case 'notGitLab':
      return new HarrierError('SERVER_NOT_GITLAB', `${url} does not answer as GitLab does: ${answer.message}`);
    case 'serverError':
      return new HarrierError('SERVER_ERROR', `${url} had a problem (${answer.message})`);
  }
}

function refusal(
  { status, message }: Extract<RegistrationAnswer, { ok: false }>,
  url: string,
  way: 'runner' | 'registration' | 'personal',
): HarrierError {
  if (way === 'personal' && status === 403)
    return new HarrierError('TOKEN_REFUSED', `${url} does not let this token create the runner (${message})`, {
      hint: 'It needs the scope create_runner, and you the role Maintainer of the project, Owner of the group, or administrator.',
    });
  if (way === 'personal')
    return new HarrierError('TOKEN_REFUSED', `${url} refused this personal access token (${message})`, {
      hint: 'It may be expired, revoked, or of another server. Create one with the scope create_runner or api.',
    });
  if (way === 'registration' && status === 410)
    return new HarrierError('TOKEN_REFUSED', `${url} takes no registration tokens any more (${message})`, {
      hint: 'In GitLab: Settings, CI/CD, Runners, New runner. Paste the token that it shows; it starts with glrt-.',
    });
  return new HarrierError('TOKEN_REFUSED', `${url} does not know this token (${message})`, {
    hint: 'It may belong to another server, or the runner was deleted or its token reset. Create a new runner on GitLab and paste its token.',
  });
}

/** GitLab's `token_expires_at`; absent or unreadable: never. */
export const expiryOf = (text: string | undefined): Date => {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? new Date('0001-01-01T00:00:00Z') : date;
};

export const cleanUrl = (url: string): string => url.trim().replace(/\/+$/, '');

export async function withClient<T>(
  request: Pick<ServerRequest, 'url' | 'tls'>,
  deps: RegistrationDeps,
  action: (client: CoordinatorClient) => Promise<T>,
): Promise<T> {
  const client = createCoordinatorClient(
    {
      url: cleanUrl(request.url),
      ...wayOut(deps.configPath, deps.env, deps.settings()),
      ...request.tls,
    },
    deps,
  );
  try {
    return await action(client);
  } finally {
    await client.close();
  }
}
