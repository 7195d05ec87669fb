import type { Client } from 'ssh2';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { dnsName } from '../../base/names.ts';
import { createExpand } from '../docker/expand.ts';
import { createQuietWork } from '../quiet-work.ts';
import { createRemoteEnvironment, newMark } from '../remote/environment.ts';
import { jobFailureOf } from '../remote/failures.ts';
import { createMachine } from '../remote/machine.ts';
import { connectWithRetries } from '../remote/retry.ts';
import { addressOf, configurationError, type Login, readLogin } from '../remote/settings.ts';
import { remoteTraits } from '../remote/traits.ts';
import type { Executor, ExecutorTraits, PrepareRequest } from '../types.ts';
import { chooseBase } from './base-machine.ts';
import { createLocks } from './locks.ts';

export interface VmDeps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}
/** The settings that both hypervisors have. */
export interface VmSettings {
  readonly base_name?: string | undefined;
  readonly disable_snapshots?: boolean | undefined;
  readonly allowed_images?: readonly string[] | undefined;
}
/** One machine on its way to a job. */
export interface Boot {
  readonly request: PrepareRequest;
  /** Name of the copy. */
  readonly name: string;
  /** Name of what is copied. */
  readonly base: string;
  readonly signal: AbortSignal;
  /** Holds up others that make a copy meanwhile. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** Settles when the machine lets somebody sign in; the connection is closed again. */
  readonly reachable: (to: Address) => Promise<void>;
}
export interface Address {
  readonly host: string;
  readonly port?: number;
}

/** What a hypervisor does for the jobs. */
export interface Hypervisor {
  /** `Parallels`, as in messages. */
  readonly title: string;
  readonly settingsOf: (runner: RunnerConfig) => VmSettings | undefined;
  /** The line that says what is used. */
  readonly using: (signal: AbortSignal) => Promise<string>;
  /** Copies jobs of a slot use one after the other, rolled back in between. */
  readonly reuses: (settings: VmSettings) => boolean;
  /** Makes, restores and starts the machine. Answers where it is reached. */
  readonly boot: (boot: Boot) => Promise<Address>;
  /** Switches it off; not an error when it is off or gone. */
  readonly stop: (name: string) => Promise<void>;
  /** With its disks; not an error when it is gone. */
  readonly remove: (name: string) => Promise<void>;
  /** Whether a later job can be rolled back to its beginning. */
  readonly canRestore: (name: string) => Promise<boolean>;
}

const traits: ExecutorTraits = {
  ...remoteTraits,
  features: ['variables'],
  sharedEnvironment: false,
  sharedBuildsDir: false,
  customBuildDir: false,
  safeDirectory: true,
};

/** Runs each job in a copy of a virtual machine, over SSH. */
export function createVmExecutor(name: string, hypervisor: Hypervisor, { clock, env }: VmDeps): Executor {
  const quiet = createQuietWork();
  const machines = createLocks();
  const makers = createLocks();
  const alone: Boot['alone'] = async (work) => {
    const free = await makers.take('');
    try {
      return await work();
    } finally {
      free();
    }
  };
  /** Under a deadline of its own (the tool's), whatever has ended the job. */
  const release = async (copy: string, reuse: boolean, log: Logger): Promise<void> => {
    try {
      await hypervisor.stop(copy);
      if (!reuse || !(await hypervisor.canRestore(copy))) await hypervisor.remove(copy);
    } catch (error) {
      log.error('A virtual machine of a job could not be removed', { machine: copy, error: messageOf(error) });
    }
  };

  const prepare: Executor['prepare'] = async (request) => {
    const { log, signal, runner, appLog } = request;
    const settings = readSettings(hypervisor, request);
    readLogin(runner, env);
    log.plain(await hypervisor.using(signal));
    const base = chooseBase(createExpand(request.variables)(request.job.image?.name ?? ''), {
      base: settings.base_name ?? '',
      allowed: settings.allowed_images ?? [],
      log,
    });
    const reuse = hypervisor.reuses(settings);
    const copy = nameOf(request, base, settings.disable_snapshots !== true);
    const free = await machines.take(copy);
    const signIn = (login: Login): Promise<Client> => connectWithRetries(login, { clock, log, signal, starting: true });
    const reachable = async (to: Address): Promise<void> => void (await signIn(readLogin(runner, env, to))).end();
    try {
      signal.throwIfAborted();
      await request.onHandle({ kind: 'vm', id: copy, proof: copy, details: { executor: name, reuse: String(reuse) } });
      request.onDetail?.('machine', copy);
      const address = await hypervisor.boot({ request, name: copy, base, signal, alone, reachable });
      const login = readLogin(runner, env, address);
      const client = await signIn(login);
      const machine = createMachine(() => connectWithRetries(login, { clock, log }), client);
      return createRemoteEnvironment(request, {
        machine,
        mark: newMark(),
        address: addressOf(login),
        hostname: copy,
        onQuiet: quiet.add,
        release: () => release(copy, reuse, appLog).finally(free),
      });
    } catch (error) {
      await release(copy, false, appLog);
      free();
      throw jobFailureOf(error);
    }
  };
  return {
    name,
    traits,
    prepare,
    async recover(handles, _runner, log) {
      for (const { kind, id, details } of handles) {
        if (kind !== 'vm' || details?.['executor'] !== name) continue;
        // A job that has it already has also seen to what was left of it.
        const free = machines.tryTake(id);
        if (free === undefined) continue;
        log.info('Switching off a virtual machine that an earlier run left', { machine: id });
        await release(id, details['reuse'] === 'true', log).finally(free);
      }
    },
    settled: quiet.settled,
  };
}

const readSettings = (hypervisor: Hypervisor, { runner, shell, variables }: PrepareRequest): VmSettings => {
  const { title } = hypervisor;
  const settings = hypervisor.settingsOf(runner);
  if (settings === undefined) throw configurationError(`missing ${title} configuration`);
  if (!settings.base_name) throw configurationError(`missing BaseName setting from ${title} configuration`);
  const powershell = shell.name === 'pwsh' || shell.name === 'powershell';
  if (powershell && variables.some(({ key, value }) => key === 'FF_DISABLE_POWERSHELL_STDIN' && value === 'true'))
    throw configurationError(`${title.toLowerCase()} doesn't support shells that require script file`);
  return settings;
};

/** As the official runner names them (spec/executors.md 4.3), so that it and Harrier find each other's. */
const nameOf = ({ job, slot, shortToken }: PrepareRequest, base: string, snapshots: boolean): string =>
  snapshots
    ? `${base}-runner-${shortToken}-concurrent-${slot.runnerId}`
    : `${base}-${dnsName(
        `runner-${shortToken}-project-${job.job_info?.project_id ?? 0}-concurrent-${slot.projectRunnerId}`,
      )}`;
