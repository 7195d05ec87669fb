import { parseBool } from '../../../../src-shared/parse-bool.ts';
import type { StageContext } from '../types.ts';

/** `url.<base>.insteadOf`: git sees `plain` in its files and uses `secret` (with credentials) on the wire. */
export interface UrlRule {
  readonly secret: string;
  readonly plain: string;
}
/** User and password of one server; the origin has neither. */
export interface Login {
  readonly origin: string;
  readonly user: string;
  readonly password: string;
}
export interface Remote {
  /** Without user and password; what may stand in `.git/config`. */
  readonly url: string;
  /** `https://host:port`; undefined for anything that is not http(s). */
  readonly origin: string | undefined;
  /** What stays during the job, so that scripts can use git. */
  readonly rules: readonly UrlRule[];
  /** `GIT_SUBMODULE_FORCE_HTTPS` without credentials in it; the other rules rewrite nothing that git could not reach. */
  readonly plainRules: readonly UrlRule[];
  readonly logins: readonly Login[];
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
  const cloneUrl = cloneUrlOf(runner['clone_url']);
  const withSecret =
    cloneUrl === '' ? repoUrl : fromCloneUrl(cloneUrl, variables.get('CI_PROJECT_PATH') ?? '', payload.token);
  const remote = parse(withSecret);
  const credentialUrl =
    remote && remote.host !== '' && /^(https?|ssh):$/.test(remote.protocol)
      ? `${remote.protocol}//${remote.host}`
      : undefined;
  if (remote === undefined || !isWeb(remote)) {
    const plain = remote === undefined || remote.protocol === 'ssh:' ? withSecret : without(remote);
    return { url: plain, origin: undefined, rules: [], plainRules: [], logins: [], credentialUrl };
  }
  const secrets = secretUrls(remote, cloneUrl || context.serverUrl, payload.token, repoUrl);
  const tokenless = variables.flag('FF_GIT_URLS_WITHOUT_TOKENS');
  const base = parse(cloneUrl || context.serverUrl);
  const secretBase = base && isWeb(base) ? withUser(base, user, payload.token) : undefined;
  const plainRules = base && isWeb(base) ? sshRules(context, base) : [];
  return {
    url: without(remote),
    origin: `${remote.protocol}//${remote.host}`,
    rules: tokenless ? plainRules : [...secrets.map(ruleOf), ...(secretBase ? sshRules(context, secretBase) : [])],
    plainRules,
    logins: tokenless ? [] : unique(secrets.map(loginOf)),
    credentialUrl,
  };
};

/** The URLs that may need credentials, with them: the remote, the API's base, the host of `repo_url`. */
const secretUrls = (remote: URL, base: string, token: string, repoUrl: string): URL[] => {
  const found = remote.username === '' ? [] : [remote];
  const baseUrl = parse(base);
  if (baseUrl && isWeb(baseUrl)) found.push(withSlash(withUser(baseUrl, user, token)));
  const repo = parse(repoUrl);
  if (repo && isWeb(repo) && repo.username !== '') {
    const root = new URL('/', repo);
    root.username = repo.username;
    root.password = repo.password;
    found.push(root);
  }
  return found.filter((url, index) => found.findIndex((other) => without(other) === without(url)) === index);
};

const ruleOf = (url: URL): UrlRule => ({ secret: url.href, plain: without(url) });
const loginOf = (url: URL): Login => ({
  origin: `${url.protocol}//${url.host}`,
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
});
const unique = (logins: readonly Login[]): readonly Login[] =>
  logins.filter(({ origin }, index) => logins.findIndex((other) => other.origin === origin) === index);

/** GIT_SUBMODULE_FORCE_HTTPS: SSH addresses of this GitLab become those below `base`. */
const sshRules = ({ variables }: StageContext, base: URL): UrlRule[] => {
  if (parseBool(variables.get('GIT_SUBMODULE_FORCE_HTTPS') ?? '') !== true) return [];
  const host = variables.get('CI_SERVER_SHELL_SSH_HOST') || variables.get('CI_SERVER_HOST');
  if (!host) return [];
  const secret = withSlash(base).href;
  const port = variables.get('CI_SERVER_SHELL_SSH_PORT') ?? '';
  if (port !== '' && port !== '22') return [{ secret, plain: `ssh://git@${host}:${port}/` }];
  return [
    { secret, plain: `git@${host}:` },
    { secret, plain: `ssh://git@${host}/` },
  ];
};

const cloneUrlOf = (value: unknown): string => (typeof value === 'string' ? value.replace(/\/+$/, '') : '');

const fromCloneUrl = (cloneUrl: string, path: string, token: string): string => {
  const text = `${cloneUrl}/${path}.git`;
  const url = parse(text);
  if (url === undefined) return text;
  if (url.protocol === 'ssh:') {
    if (url.username === '') url.username = 'git';
    return url.href;
  }
  return isWeb(url) ? withUser(url, user, token).href : url.href;
};

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
const isWeb = (url: URL): boolean => url.protocol === 'http:' || url.protocol === 'https:';
const withSlash = (url: URL): URL =>
  url.pathname.endsWith('/') ? url : Object.assign(new URL(url), { pathname: `${url.pathname}/` });

const without = (url: URL): string => withUser(url, '', '').href;
const withUser = (url: URL, name: string, password: string): URL => {
  const copy = new URL(url);
  copy.username = name;
  copy.password = password;
  return copy;
};
