import { createServer } from 'node:net';
import { messageOf } from '../../../src-shared/errors.ts';
import { JobFailure } from '../types.ts';
import type { Address, Boot } from '../vm/executor.ts';
import { poll } from '../vm/poll.ts';
import { removeMachine } from './remove.ts';
import type { Info, VBoxManage } from './vboxmanage.ts';

export interface BootOptions {
  readonly vbox: VBoxManage;
  readonly snapshots: boolean;
  readonly baseSnapshot: string | undefined;
  readonly baseFolder: string | undefined;
  readonly startType: string;
  /** Of sshd in the guest. */
  readonly guestPort: number;
}
const runningMs = 60_000;
const addressMs = 120_000;

/** States in which a machine is on its way to another one, or is on (spec/executors.md 5.3). */
const onStates: ReadonlySet<string> = new Set([
  ...['running', 'paused', 'gurumeditation', 'teleporting', 'livesnapshotting', 'starting', 'stopping', 'saving'],
  ...['restoring', 'teleportingpausedvm', 'teleportingin', 'faulttolerantsyncing', 'deletingsnapshotlive'],
  ...['deletingsnapshotlivepaused', 'onlinesnapshotting', 'restoringsnapshot', 'deletingsnapshot', 'settingup'],
  'snapshotting',
]);
export const isOn = ({ state }: Info): boolean => onStates.has(state);

/** Makes or restores the machine and starts it (spec/executors.md 5.3). */
export async function boot(vm: Boot, options: BootOptions): Promise<Address> {
  const { vbox, snapshots } = options;
  const { name, request, signal } = vm;
  const known = await vbox.info(name, signal);
  if (known !== undefined && !snapshots) await removeMachine(vbox, name);
  else if (known !== undefined) await restore(vm, vbox, known);
  if ((await vbox.info(name, signal)) === undefined) {
    request.log.plain('Creating new VM...');
    await create(vm, options);
    if (snapshots) {
      await vm.reachable(await addressOf(vm, vbox));
      request.log.plain('Creating default snapshot...');
      await vbox.takeSnapshot(name, 'Started', signal);
    }
  }
  await ensureRunning(vm, options);
  request.log.plain('Waiting for VM to become responsive...');
  const address = await addressOf(vm, vbox);
  request.log.plain('Starting SSH command...');
  return address;
}

const restore = async ({ name, request, signal }: Boot, vbox: VBoxManage, info: Info): Promise<void> => {
  request.log.plain('Restoring VM from snapshot...');
  try {
    if (isOn(info)) await vbox.powerOff(name);
    await vbox.restoreCurrent(name, signal);
  } catch (error) {
    signal.throwIfAborted();
    request.log.warning(`Previous VM failed. Deleting, because ${messageOf(error)}`);
    await removeMachine(vbox, name);
  }
};

const create = async (vm: Boot, options: BootOptions): Promise<void> => {
  const { vbox, baseFolder: folder, guestPort, startType } = options;
  const { name, base, signal, alone } = vm;
  // VirtualBox locks a machine that is copied, and two that look for a free port must not find the same.
  await alone(async () => {
    if ((await vbox.info(base, signal)) === undefined)
      throw new JobFailure('runner_system_failure', `VirtualBox knows no virtual machine "${base}" (base_name)`);
    await vbox.clone(base, name, { snapshot: await snapshotOf(vm, options), folder, signal });
    const info = await vbox.info(name, signal);
    if (info?.natAdapter === undefined || info.sshPort !== undefined) return;
    const host = await freePort(await vbox.usedPorts(signal));
    await vbox.forward(name, { adapter: info.natAdapter, host, guest: guestPort, signal });
  });
  await vbox.start(name, startType, signal);
};

/** What the copy is linked to; undefined: everything is copied. */
const snapshotOf = async (
  { base, request, signal }: Boot,
  { vbox, baseSnapshot, snapshots }: BootOptions,
): Promise<string | undefined> => {
  const { current, known } = await vbox.snapshots(base, signal);
  const wanted = baseSnapshot || current || (snapshots ? 'Base State' : '');
  if (wanted === '') return undefined;
  if (known.includes(wanted)) return wanted;
  if (!snapshots) {
    request.log.warning(`Snapshot "${wanted}" not found in base VM "${base}": the whole machine is copied`);
    return undefined;
  }
  await vbox.takeSnapshot(base, wanted, signal);
  return wanted;
};

const ensureRunning = async ({ name, request, signal }: Boot, { vbox, startType }: BootOptions): Promise<void> => {
  const info = await vbox.info(name, signal);
  if (info !== undefined && !isOn(info)) await vbox.start(name, startType, signal);
  let last = info?.state;
  const running = await poll({ clock: request.clock, signal, limitMs: runningMs }, async () => {
    last = (await vbox.info(name, signal))?.state;
    return last === 'running' ? last : undefined;
  });
  if (running === undefined) throw new Error(`VM ${name} is in ${last || 'no state'} where it should be in running`);
};

/** Behind NAT: the forwarded port of this machine. On another network: what the guest tells of itself. */
const addressOf = async ({ name, request, signal }: Boot, vbox: VBoxManage): Promise<Address> => {
  const info = await vbox.info(name, signal);
  if (info?.sshPort !== undefined) return { host: 'localhost', port: info.sshPort };
  const host = await poll({ clock: request.clock, signal, limitMs: addressMs }, () => vbox.address(name, signal));
  if (host === undefined)
    throw new Error(
      `VM ${name} has no network address after ${addressMs / 1000} s: it has no NAT adapter, and the guest additions tell none`,
    );
  return { host };
};

/** A port that nobody listens on and that leads into no guest that is switched off. */
const freePort = async (used: ReadonlySet<number>): Promise<number> => {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
      });
    });
    if (!used.has(port)) return port;
  }
};
