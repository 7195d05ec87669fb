import { HarrierError } from '../../../src-shared/errors.ts';
import type { RunCommand } from '../posix/command.ts';
import { createFiles } from '../posix/files.ts';
import type { Environment, PrepareRequest } from '../types.ts';
import { commandByScript } from './command.ts';
import type { Session } from './session.ts';

/** `step_script` has another name for drivers; the official runner has announced its end and says so each time. */
const renamed = { from: 'step_script', to: 'build_script' };
const renamedWarning =
  "Starting with version 17.0 the 'build_script' stage will be replaced with 'step_script': https://gitlab.com/groups/gitlab-org/-/epics/6112";

/** Where a driver runs the scripts of one job. */
export const createEnvironment = (
  session: Session,
  { shell, log, directories }: Pick<PrepareRequest, 'shell' | 'log' | 'directories'>,
): Environment => {
  const isPosix = shell.name === 'bash' || shell.name === 'sh';
  // A driver may run the file itself.
  const withHead = (script: string): string => (isPosix ? `#!/usr/bin/env ${shell.name}\n\n${script}` : script);
  const commandIn = (stage: string): RunCommand =>
    isPosix
      ? commandByScript(
          (script, options) => session.run(withHead(script), { stage, ...options }),
          directories.temporary,
        )
      : () => Promise.reject(new HarrierError('NOT_SUPPORTED', noPowershell));
  const filesIn = (stage: string) => createFiles(commandIn(stage), { openUmask: false });
  return {
    run(script, options) {
      options.signal.throwIfAborted();
      if (options.stage !== renamed.from) return session.run(withHead(script), options);
      log.warning(renamedWarning);
      return session.run(withHead(script), { ...options, stage: renamed.to });
    },
    files: filesIn('get_sources'),
    filesIn,
    close: () => session.close(),
  };
};

const noPowershell = 'artifacts and caches need shell = "bash" or "sh" where a custom driver runs the jobs';
