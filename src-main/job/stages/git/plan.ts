import { createHash } from 'node:crypto';
import { goArchitecture, goPlatform, protocolVersion } from '../../../base/version.ts';
import type { Argument } from '../../../shells/types.ts';
import { type JobPaths, jobPaths } from '../paths.ts';
import { type GitSettings, readGitSettings } from '../settings.ts';
import type { StageContext } from '../types.ts';
import { type Remote, remoteOf } from './urls.ts';

/** Everything that the Git parts of a script need to know, decided once. */
export interface GitPlan {
  readonly context: StageContext;
  readonly settings: GitSettings;
  readonly paths: JobPaths;
  readonly project: string;
  readonly remote: Remote;
  readonly sha: string;
  readonly ref: string;
  readonly tokenless: boolean;
  /** `clean_git_config`: config and hooks are removed before and after; default as the executor says. */
  readonly cleanConfig: boolean;
  /** `safe_directory_checkout`: git takes the work tree as safe, whoever owns it; default as the executor says. */
  readonly safeDirectory: boolean;
  /** Options of git for commands that talk to a server, before the command's name. */
  readonly network: readonly Argument[];
  /** One id for all requests of this job, so that an administrator finds them in the server's logs. */
  readonly correlationId: string;
}

export const planGit = (context: StageContext): GitPlan => {
  const { payload, variables, directories, traits, runner } = context;
  const { settings } = readGitSettings(variables, payload);
  const remote = remoteOf(context);
  const cleanConfig = runner['clean_git_config'];
  return {
    context,
    settings,
    paths: jobPaths(context),
    project: directories.project,
    remote,
    sha: payload.git_info?.sha ?? '',
    ref: payload.git_info?.ref ?? '',
    tokenless: variables.flag('FF_GIT_URLS_WITHOUT_TOKENS'),
    cleanConfig: typeof cleanConfig === 'boolean' ? cleanConfig : traits.cleanGitConfig && settings.strategy !== 'none',
    safeDirectory: runner.safe_directory_checkout ?? traits.safeDirectory,
    network: networkOptions(context, remote),
    correlationId: createHash('sha256').update(`${context.systemId}/${context.jobId}`).digest('hex').slice(0, 32),
  };
};

/** In tokenless mode only: otherwise the first request carries the credentials anyway, see config-files.ts. */
const networkOptions = ({ variables }: StageContext, { origin }: Remote): readonly Argument[] => {
  const options = ['-c', `http.userAgent=gitlab-runner ${protocolVersion} ${goPlatform}/${goArchitecture}`];
  const proactive = variables.flag('FF_GIT_URLS_WITHOUT_TOKENS') && variables.flag('FF_USE_GIT_PROACTIVE_AUTH');
  if (proactive && origin !== undefined) options.push('-c', `http.${origin}.proactiveAuth=basic`);
  return options;
};
