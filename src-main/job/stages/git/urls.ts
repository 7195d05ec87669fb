import type { StageContext } from '../types.ts';

/** `url.<base>.insteadOf`: git sees `plain` in its files and uses `secret` (with credentials) on the wire. */
export interface UrlRule {
  readonly secret: string;
  readonly plain: string;
}
export interface Remote {
  /** Without user and password; what may stand in `.git/config`. */
  readonly url: string;
  /** `https://host:port`; undefined for anything that is not http(s). */
  readonly origin: string | undefined;
  readonly rules: readonly UrlRule[];
  /** http, https or ssh with a host: what git's credential helpers know it by. */
  readonly credentialUrl: string | undefined;
}

const user = 'gitlab-ci-token';

/**
 * Where the repository is, and how git gets its credentials without their standing in the repository's config
 * (spec/job-lifecycle.md 3.5). Rules that stand for a host end in a slash: `https://host` alone would also fit
 * `https://host.example` and give the token away.
 */
export const remoteOf = (context: StageContext): Remote => {
  const { payload, runner, variables } = context;
  const repoUrl = payload.git_info?.repo_url ?? '';
  const cloneUrl = runner['clone_url'] ?? '';
  const withSecret =
    cloneUrl === '' ? repoUrl : fromCloneUrl(cloneUrl, variables.get('CI_PROJECT_PATH') ?? '', payload.token);
  const remote = parse(withSecret);
  const credentialUrl =
    remote && remote.host !== '' && /^(https?|ssh):$/.test(remote.protocol)
      ? `${remote.protocol}//${remote.host}`
      : undefined;
  if (remote === undefined || !isWeb(remote)) {
    const plain = remote === undefined || remote.protocol === 'ssh:' ? withSecret : without(remote);
    return { url: plain, origin: undefined, rules: [], credentialUrl };
  }
  const origin = `${remote.protocol}//${remote.host}`;
  const tokenless = variables.flag('FF_GIT_URLS_WITHOUT_TOKENS');
  const rules = tokenless
    ? []
    : secretRules(remote, cloneUrl === '' ? context.serverUrl : cloneUrl, payload.token, repoUrl);
  return { url: without(remote), origin, rules: [...rules, ...sshRules(context, tokenless)], credentialUrl };
};

const secretRules = (remote: URL, base: string, token: string, repoUrl: string): UrlRule[] => {
  const rules: UrlRule[] = [];
  const add = (secret: string, plain: string) => {
    if (secret !== plain && !rules.some((rule) => rule.plain === plain)) rules.push({ secret, plain });
  };
  add(remote.href, without(remote));
  const baseUrl = parse(base);
  if (baseUrl && isWeb(baseUrl)) add(slashed(withUser(baseUrl, user, token)), slashed(without(baseUrl)));
  const host = parse(repoUrl);
  if (host && isWeb(host) && host.username !== '') {
    const root = new URL('/', host);
    add(withUser(root, host.username, host.password, true), without(root));
  }
  return rules;
};

/** GIT_SUBMODULE_FORCE_HTTPS: SSH addresses of this GitLab become https ones. */
const sshRules = ({ variables, runner, serverUrl, payload }: StageContext, tokenless: boolean): UrlRule[] => {
  if (!isTrue(variables.get('GIT_SUBMODULE_FORCE_HTTPS'))) return [];
  const base = parse(runner['clone_url'] || serverUrl);
  const host = variables.get('CI_SERVER_SHELL_SSH_HOST') || variables.get('CI_SERVER_HOST');
  if (base === undefined || !isWeb(base) || !host) return [];
  const target = slashed(tokenless ? without(base) : withUser(base, user, payload.token));
  const port = variables.get('CI_SERVER_SHELL_SSH_PORT') ?? '';
  if (port !== '' && port !== '22') return [{ secret: target, plain: `ssh://git@${host}:${port}/` }];
  return [
    { secret: target, plain: `git@${host}:` },
    { secret: target, plain: `ssh://git@${host}/` },
  ];
};

const fromCloneUrl = (cloneUrl: string, path: string, token: string): string => {
  const url = parse(`${cloneUrl.replace(/\/+$/, '')}/${path}.git`);
  if (url === undefined) return `${cloneUrl.replace(/\/+$/, '')}/${path}.git`;
  if (url.protocol === 'ssh:') {
    if (url.username === '') url.username = 'git';
    return url.href;
  }
  return isWeb(url) ? withUser(url, user, token) : url.href;
};

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
const isWeb = (url: URL): boolean => url.protocol === 'http:' || url.protocol === 'https:';
const slashed = (text: string): string => (text.endsWith('/') ? text : `${text}/`);

const without = (url: URL): string => {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  return copy.href;
};
const withUser = (url: URL, name: string, password: string, encoded = false): string => {
  const copy = new URL(url);
  copy.username = encoded ? decodeURIComponent(name) : name;
  copy.password = encoded ? decodeURIComponent(password) : password;
  return copy.href;
};

/** Go's ParseBool, false for anything else. */
const isTrue = (text: string | undefined): boolean => /^(1|t|T|TRUE|true|True)$/.test(text ?? '');
