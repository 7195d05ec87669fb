import { rmSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { startTimeOf } from '../../base/process.ts';
import { findShell } from '../../shells/index.ts';
import type { Executor, ExecutorHandle } from '../types.ts';
import { createEnvironment, type KeptHere } from './environment.ts';
import { folderProof } from './folders.ts';
import { type Env, inheritedEnv } from './inherited.ts';
import { endLeftGroup } from './job-group.ts';
import { readLoginEnvironment } from './login-environment.ts';
import type { OtherUser } from './other-user.ts';
import { endMarked, stopGroup } from './process-group.ts';
import { removeRuntimeFolder } from './runtime-folder.ts';
import { terminalMark } from './terminal.ts';

export interface ShellDeps {
  readonly clock: Clock;
  /** Harrier's own environment; a job sees what inherited.ts lets through. */
  readonly env: Env;
  /**
   * One login profile serves all jobs in bash, read when the executor is made: for pipelines that a person runs at the
   * desk. Its functions and aliases do not reach the jobs then.
   */
  readonly keepProfile?: boolean;
  /** As whom jobs run, when not as whoever started Harrier. */
  readonly user?: OtherUser;
}

/** Runs scripts on this machine, as the user that started Harrier or as another one. */
export const createShellExecutor = (deps: ShellDeps): Executor => {
  const loginEnvironment =
    deps.keepProfile && process.platform !== 'win32'
      ? readLoginEnvironment(findShell('bash', process.platform), inheritedEnv(deps.env, false))
      : undefined;
  const kept = new Map<string, KeptHere>();
  return {
    name: 'shell',
    traits: {
      features: ['variables', 'shared'],
      // As with the official runner, GitLab is offered none on Windows.
      webTerminal: deps.user === undefined && process.platform !== 'win32',
      sharedEnvironment: true,
      sharedBuildsDir: true,
      customBuildDir: false,
      safeDirectory: false,
      cleanGitConfig: false,
      buildsDir: '$PWD/builds',
      cacheDir: '$PWD/cache',
      showsHost: false,
      loginShell: true,
      defaultShell: process.platform === 'win32' ? 'pwsh' : 'bash',
      exitWords: 'exit status',
    },
    async prepare(request) {
      request.log.plain(`Using Shell (${request.shell.name}) executor...`);
      return createEnvironment(request, { ...deps, kept, ...(loginEnvironment ? { loginEnvironment } : {}) });
    },
    ...(deps.user === undefined
      ? {
          kept: async ({ shortToken }: { readonly shortToken: string }) =>
            [...kept.values()].filter((each) => each.shortToken === shortToken),
        }
      : {}),
    async recover(handles, _runner, log) {
      for (const handle of handles) recoverOne(handle, deps.env, log);
    },
  };
};

/** Ends what an earlier Harrier started, only where start time or marker prove that the number is still that process. */
function recoverOne({ kind, id, proof, details }: ExecutorHandle, env: Env, log: Logger): void {
  if (kind === 'directory' && proof !== undefined && folderProof(id) === proof)
    rmSync(id, { recursive: true, force: true });
  if (kind !== 'processGroup') return;
  const pid = Number(id);
  if (Number.isInteger(pid) && pid > 1 && proof !== undefined && startTimeOf(pid) === proof) {
    log.info('Ending a process group that an earlier run left', { pid });
    stopGroup(pid, 'SIGKILL');
  }
  const group = details?.['cgroup'];
  if (group !== undefined) endLeftGroup(group);
  const folder = details?.['folder'];
  if (folder !== undefined) removeRuntimeFolder(folder, env);
  const marker = details?.['marker'];
  if (marker === undefined) return;
  for (const mark of [marker, terminalMark(marker.slice(marker.indexOf('=') + 1))]) endMarked(mark, 0);
}

export { findUser, type OtherUser } from './other-user.ts';
