import type { Clock } from '../../base/clock.ts';
import { createQuietWork } from '../quiet-work.ts';
import { endJob } from '../remote/end-job.ts';
import { createRemoteEnvironment, newMark } from '../remote/environment.ts';
import { jobFailureOf } from '../remote/failures.ts';
import { createMachine } from '../remote/machine.ts';
import { connectWithRetries } from '../remote/retry.ts';
import { addressOf, configurationError, type Login, readLogin } from '../remote/settings.ts';
import { remoteTraits } from '../remote/traits.ts';
import type { Executor, ExecutorTraits, PrepareRequest } from '../types.ts';

export interface SshDeps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const traits: ExecutorTraits = {
  ...remoteTraits,
  features: ['variables', 'shared'],
  sharedEnvironment: true,
  sharedBuildsDir: true,
  customBuildDir: false,
  safeDirectory: false,
};

/** Runs scripts on another machine, as the user that signs in there. */
export const createSshExecutor = ({ clock, env }: SshDeps): Executor => {
  const quiet = createQuietWork();
  return {
    name: 'ssh',
    traits,
    async prepare(request) {
      const { log, signal, runner } = request;
      log.plain('Using SSH executor...');
      refuseFileShells(request);
      const login = readLogin(runner, env);
      const mark = newMark();
      await request.onHandle({ kind: 'remoteProcess', id: mark, proof: mark, details: detailsOf(login) });
      request.onDetail?.('host', addressOf(login));
      // Prepared under the job's signal; what is signed in again for later has none.
      const first = await connectWithRetries(login, { clock, log, signal }).catch((error: unknown) => {
        throw jobFailureOf(error);
      });
      const machine = createMachine(() => connectWithRetries(login, { clock, log }), first);
      return createRemoteEnvironment(request, { machine, mark, address: addressOf(login), onQuiet: quiet.add });
    },
    async recover(handles, runner, log) {
      for (const { kind, proof, details } of handles) {
        if (kind !== 'remoteProcess' || proof === undefined) continue;
        const to = { host: details?.['host'] ?? 'localhost', port: Number(details?.['port'] ?? 22) };
        const warning = (text: string): void => log.warn(text);
        const login = { ...readLogin(runner, env, to), user: details?.['user'] ?? 'root' };
        const machine = createMachine(() => connectWithRetries(login, { clock, log: { warning } }));
        try {
          log.info('Ending what an earlier run left on its host', { host: addressOf(login) });
          await endJob(machine.run, proof);
        } finally {
          machine.close();
        }
      }
    },
    settled: quiet.settled,
  };
};

const detailsOf = ({ host, port, user }: Login): Record<string, string> => ({ host, port: String(port), user });

const refuseFileShells = ({ shell, variables }: PrepareRequest): void => {
  const powershell = shell.name === 'pwsh' || shell.name === 'powershell';
  if (powershell && variables.some(({ key, value }) => key === 'FF_DISABLE_POWERSHELL_STDIN' && value === 'true'))
    throw configurationError("SSH doesn't support shells that require script file");
};

export { ConnectFailed } from '../remote/failures.ts';
export { type HostLook, lookAtHost } from './look.ts';
