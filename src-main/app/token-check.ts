import type { CallOutput } from '../../src-shared/ipc.ts';
import type { TokenKind } from '../../src-shared/runner-calls.ts';
import { cleanToken, tokenKindOf } from '../../src-shared/token-kind.ts';
import { type CoordinatorClient, createRunnerInfo } from '../gitlab/index.ts';
import { cleanUrl, type RegistrationDeps, registrationError, type ServerRequest, withClient } from './registration.ts';
import { runnerPage } from './runner-page.ts';

type Check = CallOutput<'token.check'>;

/**
 * What a token is and whether the server takes it, before anything is made. A registration token cannot be tried without
 * making a runner; a token without a known prefix is tried as a runner's own and as a personal one first.
 */
export async function checkToken(
  request: Pick<ServerRequest, 'url' | 'token' | 'tls'>,
  knownTokens: readonly string[],
  deps: RegistrationDeps,
): Promise<Check> {
  const token = cleanToken(request.token);
  const url = cleanUrl(request.url);
  if (token === '') return bad('unknown', 'the token is empty', 'Paste the token that GitLab shows.');
  return withClient(request, deps, async (client) => {
    const kind = tokenKindOf(token);
    if (kind === 'runner') return checkRunner(client, url, token, knownTokens, deps);
    if (kind === 'personal') return checkPersonal(client, url, token);
    if (kind === 'registration') return registration;
    const asRunner = await checkRunner(client, url, token, knownTokens, deps);
    if (asRunner.ok) return asRunner;
    const asPersonal = await checkPersonal(client, url, token);
    return asPersonal.ok || asPersonal.scopes !== undefined ? asPersonal : registration;
  });
}

const bad = (kind: TokenKind, message: string, hint: string): Check => ({ ok: false, kind, message, hint });
const registration: Check = {
  ok: true,
  kind: 'registration',
  message: 'A registration token: GitLab checks it when the runner is made.',
};

async function checkRunner(
  client: CoordinatorClient,
  url: string,
  token: string,
  knownTokens: readonly string[],
  { systemId }: RegistrationDeps,
): Promise<Check> {
  const info = createRunnerInfo({ executor: '', shell: '', executorFeatures: [] });
  const answer = await client.verifyRunner({ token, systemId, info });
  if (!answer.ok) {
    const { message, hint } = registrationError(answer, url);
    return bad('runner', message, hint);
  }
  const page = runnerPage(url, answer.id, token.startsWith('glrt-t1_') ? { type: 'instance' } : undefined);
  return {
    ok: true,
    kind: 'runner',
    message: `GitLab knows this token: runner #${answer.id}.`,
    runnerId: answer.id,
    ...(page !== undefined ? { page } : {}),
    ...(knownTokens.includes(token)
      ? { hint: 'This token stands in config.toml already: both entries count as one runner for GitLab.' }
      : {}),
  };
}

async function checkPersonal(client: CoordinatorClient, url: string, token: string): Promise<Check> {
  const personal = client.personal(token);
  const self = await personal.self();
  // 403 and 404: the token may not ask about itself, or GitLab is older than the question. Making the runner will tell.
  if (!self.ok && self.status !== 403 && self.status !== 404) {
    const { message, hint } = registrationError(self, url, 'personal');
    return bad('personal', message, hint);
  }
  const scopes = self.ok ? self.value.scopes : undefined;
  const may = scopes === undefined || scopes.some((scope) => scope === 'api' || scope === 'create_runner');
  if (self.ok && !self.value.usable)
    return bad(
      'personal',
      `${url} says that this token is not active any more`,
      'Create one with the scope create_runner or api.',
    );
  if (!may)
    return {
      ...bad(
        'personal',
        `this token may not create runners: its scopes are ${scopes?.join(', ') || 'none'}`,
        'Create one with the scope create_runner (and read_api, to choose groups and projects from a list).',
      ),
      scopes: [],
    };
  const [user, version] = await Promise.all([personal.user(), personal.version()]);
  const canSearch = scopes?.some((scope) => scope === 'api' || scope === 'read_api') ?? false;
  return {
    ok: true,
    kind: 'personal',
    message: user.ok ? `A personal access token of ${user.value.name}.` : 'A personal access token.',
    ...(user.ok ? { user: user.value.name } : {}),
    // Only GitLab's answer tells an administrator; where it cannot be had, making the runner decides.
    scopes: user.ok && !user.value.isAdmin ? ['group', 'project'] : ['instance', 'group', 'project'],
    canSearch,
    ...(version.ok ? { version: version.value } : {}),
    ...(self.ok && self.value.expiresAt ? { expiresAt: self.value.expiresAt } : {}),
  };
}
