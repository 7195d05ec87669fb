import { messageOf } from '../../../src-shared/errors.ts';
import { JobFailure } from '../types.ts';
import type { Address, Boot } from '../vm/executor.ts';
import { poll } from '../vm/poll.ts';
import { leasedAddress } from './leases.ts';
import type { Prlctl } from './prlctl.ts';

export interface BootOptions {
  readonly prlctl: Prlctl;
  /** Linked templates and snapshots of running machines are there on Intel only. */
  readonly intel: boolean;
  readonly snapshots: boolean;
  readonly template: string;
  readonly timeServer: string;
  readonly leasesFile: string;
}
const toolsMs = 120_000;
const addressMs = 120_000;
const runningMs = 60_000;
const timeTries = 20;

/** Makes or restores the machine and starts it (spec/executors.md 4.3). */
export async function boot(vm: Boot, options: BootOptions): Promise<Address> {
  const { prlctl, intel, snapshots } = options;
  const { name, request, signal } = vm;
  const { log } = request;
  const known = await prlctl.status(name, signal);
  if (known !== undefined && (!snapshots || !intel)) await removeMachine(prlctl, name);
  else if (known !== undefined) await restore(vm, prlctl);
  if ((await prlctl.status(name, signal)) === undefined) {
    log.plain('Creating new VM...');
    await create(vm, options);
    if (snapshots && intel) {
      await vm.reachable(await addressOf(vm, options));
      log.plain('Creating default snapshot...');
      await prlctl.snapshot(name, 'Started', signal);
    }
  }
  await ensureRunning(vm, prlctl);
  log.plain('Waiting for VM to become responsive...');
  const address = await addressOf(vm, options);
  await setClock(vm, options);
  return address;
}

/** Switched off, deleted and forgotten, each of which may have been done before. */
export const removeMachine = async (prlctl: Prlctl, name: string): Promise<void> => {
  await prlctl.kill(name).catch(() => {});
  const failure = await prlctl.delete(name).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure === undefined) return;
  await prlctl.unregister(name).catch(() => {});
  if ((await prlctl.status(name)) !== undefined) throw failure;
};

const restore = async ({ name, request, signal }: Boot, prlctl: Prlctl): Promise<void> => {
  request.log.plain('Restoring VM from snapshot...');
  try {
    const snapshot = await prlctl.currentSnapshot(name, signal);
    if (snapshot === undefined) throw new Error('it has no snapshot');
    await prlctl.restore(name, snapshot, signal);
  } catch (error) {
    signal.throwIfAborted();
    request.log.warning(`Previous VM failed. Deleting, because ${messageOf(error)}`);
    await removeMachine(prlctl, name);
  }
};

const create = async (vm: Boot, { prlctl, intel, template }: BootOptions): Promise<void> => {
  const { name, base, request, signal, alone } = vm;
  // Two jobs that start together must not both make the template.
  await alone(async () => {
    if ((await prlctl.status(template, signal)) === 'invalid') await prlctl.unregister(template);
    if ((await prlctl.status(template, signal)) !== undefined) return;
    if ((await prlctl.status(base, signal)) === undefined)
      throw new JobFailure('runner_system_failure', `Parallels Desktop knows no virtual machine "${base}" (base_name)`);
    try {
      await prlctl.makeTemplate(base, template, { linked: intel, signal });
    } catch (error) {
      // Half a template would be taken for a whole one by the next job.
      await prlctl.delete(template).catch(() => {});
      throw error;
    }
  });
  await prlctl.create(name, template, signal);
  await prlctl.start(name, signal);
  const ready = await poll({ clock: request.clock, signal, limitMs: toolsMs }, async () =>
    (await prlctl.succeeds(name, ['exit', '0'], signal)) ? true : undefined,
  );
  if (ready === undefined)
    throw new Error(`VM ${name} runs no command after ${toolsMs / 1000} s: are Parallels Tools installed in ${base}?`);
};

const ensureRunning = async ({ name, request, signal }: Boot, prlctl: Prlctl): Promise<void> => {
  const status = await prlctl.status(name, signal);
  if (status === 'stopped' || status === 'suspended') {
    request.log.plain('Starting VM...');
    await prlctl.start(name, signal);
  }
  let last = status;
  const running = await poll({ clock: request.clock, signal, limitMs: runningMs }, async () => {
    last = await prlctl.status(name, signal);
    return last === 'running' ? last : undefined;
  });
  if (running === undefined) throw new Error(`VM ${name} is in ${last ?? 'invalid'} where it should be in running`);
};

/** Never this machine: without an address there is an error. */
const addressOf = async ({ name, request, signal }: Boot, options: BootOptions): Promise<Address> => {
  const { prlctl, intel } = options;
  const host = await poll({ clock: request.clock, signal, limitMs: addressMs }, async () => {
    const told = await prlctl.address(name, signal);
    if (told !== undefined || !intel) return told;
    const mac = await prlctl.macAddress(name, signal);
    return mac === undefined ? undefined : leasedAddress(options.leasesFile, mac);
  });
  if (host === undefined) throw new Error(`VM ${name} has no network address after ${addressMs / 1000} s`);
  return { host };
};

/** A machine that comes out of a snapshot believes that it is still the time at which that was made. */
const setClock = async (vm: Boot, { prlctl, timeServer }: BootOptions): Promise<void> => {
  const { name, request, signal } = vm;
  const has = (program: string): Promise<boolean> => prlctl.succeeds(name, ['which', program], signal);
  const command = (await has('ntpdate'))
    ? ['sudo', 'ntpdate', '-u', timeServer]
    : (await has('sntp'))
      ? ['sudo', 'sntp', '-sS', timeServer]
      : undefined;
  if (command === undefined) {
    request.log.warning(
      'Neither sntp nor ntpdate are available in a guest VM. Proceeding without time synchronization ...',
    );
    return;
  }
  for (let attempt = 1; attempt <= timeTries; attempt += 1) {
    if (await prlctl.succeeds(name, command, signal)) return;
    await request.clock.sleep(1000, signal);
  }
  throw new Error(`Could not sync with timeserver! (${timeServer})`);
};
