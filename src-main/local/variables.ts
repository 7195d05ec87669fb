import type { JobVariable } from '../../src-shared/payload.ts';
import { slug } from './compile/slug.ts';
import { variable } from './compile/variables.ts';
import type { Repository } from './serve/repository.ts';

const raw = (key: string, value: string): JobVariable => variable(key, value, true);

/** The project behind a remote URL: path and web address, never the credentials in it. */
export function projectOf(repository: Pick<Repository, 'remoteUrl' | 'root'>): {
  path: string;
  server: URL | undefined;
} {
  const folder = repository.root.split(/[\\/]/).filter(Boolean).at(-1) ?? 'project';
  const url = repository.remoteUrl ?? '';
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+?)(?:\.git)?\/?$/.exec(url);
  try {
    const parsed = /^[a-z+]+:\/\//i.test(url) ? new URL(url) : undefined;
    const path = (parsed ? parsed.pathname : (scp?.[2] ?? '')).replace(/^\/+|(?:\.git)?\/*$/g, '');
    const host = parsed ? parsed.host : scp?.[1];
    if (!host || !/^[\w.-]+(\/[\w.-]+)+$/.test(path))
      return { path: `local/${folder.replace(/[^\w.-]/g, '-')}`, server: undefined };
    const web =
      parsed && /^https?:$/.test(parsed.protocol)
        ? `${parsed.protocol}//${host}`
        : `https://${host.replace(/:\d+$/, '')}`;
    return { path, server: new URL(web) };
  } catch {
    return { path: `local/${folder.replace(/[^\w.-]/g, '-')}`, server: undefined };
  }
}

/** What GitLab itself sends about commit, project, pipeline and server (local-pipelines facts, section 3). */
export function predefinedVariables(options: {
  readonly repository: Repository;
  readonly sha: string;
  readonly pipelineId: number;
  readonly url: string;
  readonly nowIso: string;
}): JobVariable[] {
  const { repository, sha, pipelineId, url } = options;
  const { path, server } = projectOf(repository);
  const name = path.split('/').at(-1) ?? path;
  const namespace = path.slice(0, Math.max(0, path.length - name.length - 1));
  const web = server ?? new URL(url);
  const origin = web.origin;
  const [title = '', ...rest] = repository.message.split('\n');
  const ref = repository.ref === 'HEAD' ? 'harrier' : repository.ref;
  return [
    raw('CI', 'true'),
    raw('GITLAB_CI', 'true'),
    raw('HARRIER_LOCAL', 'true'),
    raw('CI_PIPELINE_ID', String(pipelineId)),
    raw('CI_PIPELINE_IID', String(pipelineId)),
    raw('CI_PIPELINE_SOURCE', 'push'),
    raw('CI_PIPELINE_CREATED_AT', options.nowIso),
    raw('CI_PIPELINE_URL', `${url}/${path}/-/pipelines/${pipelineId}`),
    raw('CI_COMMIT_SHA', sha),
    raw('CI_COMMIT_SHORT_SHA', sha.slice(0, 8)),
    raw('CI_COMMIT_BEFORE_SHA', '0'.repeat(40)),
    raw('CI_COMMIT_REF_NAME', ref),
    raw('CI_COMMIT_REF_SLUG', slug(ref)),
    raw('CI_COMMIT_BRANCH', ref),
    raw('CI_COMMIT_REF_PROTECTED', String(ref === repository.defaultBranch)),
    raw('CI_COMMIT_MESSAGE', repository.message),
    raw('CI_COMMIT_TITLE', title),
    raw('CI_COMMIT_DESCRIPTION', rest.join('\n').replace(/^\n+/, '')),
    raw('CI_COMMIT_AUTHOR', repository.author),
    raw('CI_COMMIT_TIMESTAMP', repository.timestamp),
    raw('CI_DEFAULT_BRANCH', repository.defaultBranch),
    raw('CI_CONFIG_PATH', '.gitlab-ci.yml'),
    raw('CI_PROJECT_ID', '1'),
    raw('CI_PROJECT_NAME', name),
    raw('CI_PROJECT_TITLE', name),
    raw('CI_PROJECT_PATH', path),
    raw('CI_PROJECT_PATH_SLUG', slug(path)),
    raw('CI_PROJECT_NAMESPACE', namespace),
    raw('CI_PROJECT_ROOT_NAMESPACE', namespace.split('/')[0] ?? ''),
    raw('CI_PROJECT_URL', `${origin}/${path}`),
    raw('CI_PROJECT_VISIBILITY', 'private'),
    raw('CI_SERVER_URL', origin),
    raw('CI_SERVER_HOST', web.hostname),
    raw('CI_SERVER_FQDN', web.host),
    raw('CI_SERVER_PORT', web.port || (web.protocol === 'https:' ? '443' : '80')),
    raw('CI_SERVER_PROTOCOL', web.protocol.slice(0, -1)),
    raw('CI_SERVER_NAME', 'GitLab'),
    raw('CI_API_V4_URL', `${origin}/api/v4`),
    raw('CI_API_GRAPHQL_URL', `${origin}/api/graphql`),
    raw('GITLAB_USER_NAME', repository.user.name),
    raw('GITLAB_USER_EMAIL', repository.user.email),
    raw('GITLAB_USER_LOGIN', repository.user.email.split('@')[0] ?? ''),
  ];
}
