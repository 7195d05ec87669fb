import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, startSshd, stopMachine } from '../sshd.ts';

/** A virtual machine of a stand-in hypervisor. */
export interface Vm {
  readonly name: string;
  readonly id: string;
  readonly template: boolean;
  /** What it was copied from. */
  readonly base: string;
  status: string;
  snapshots: readonly Snapshot[];
  current: string;
  /** sshd while it is switched on. */
  pid: number | undefined;
  /** Settings of this hypervisor. */
  readonly more: Record<string, string>;
}
export interface Snapshot {
  readonly id: string;
  readonly name: string;
}
/** What goes wrong. */
export interface Faults {
  /** Guests never get an address. */
  noAddress?: boolean;
  /** Guests run no commands for the host. */
  noTools?: boolean;
  /** By command: what it says instead of doing it. */
  fails?: Readonly<Record<string, string>>;
  /** Commands that never answer. */
  hangs?: readonly string[];
  version?: string;
}
/** A refusal of the tool, with its exit code. */
export class Refused extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/**
 * The machines, each with a folder that is its disk: the home of whoever signs in, and keys, which copies have in common.
 * One that is switched on is a real sshd.
 */
export interface Machines {
  readonly folder: string;
  all: Vm[];
  faults: Faults;
  add(vm: Pick<Vm, 'name' | 'id' | 'template' | 'base' | 'more'>, diskOf?: Vm): Vm;
  remove(vm: Vm): void;
  boot(vm: Vm, address: { readonly address: string; readonly port: number }): Promise<void>;
  /** Switches it off, whatever runs in it. */
  halt(vm: Vm): void;
  takeSnapshot(vm: Vm, snapshot: Snapshot): void;
  /** Its disk as it was then; it is switched off. */
  restore(vm: Vm, id: string): void;
}

/** With one machine, `base`. */
export function createMachines(folder: string): Machines {
  const diskOf = ({ id }: Vm): string => join(folder, id);
  const snapshotOf = (vm: Vm, id: string): string => join(diskOf(vm), `snapshot-${id}`);
  const machines: Machines = {
    folder,
    all: [],
    faults: {},
    add(made, from) {
      const vm: Vm = { ...made, status: 'stopped', snapshots: [], current: '', pid: undefined };
      if (from !== undefined) copyDisk(diskOf(from), diskOf(vm));
      machines.all.push(vm);
      return vm;
    },
    remove(vm) {
      machines.halt(vm);
      machines.all = machines.all.filter((other) => other !== vm);
      rmSync(diskOf(vm), { recursive: true, force: true });
    },
    async boot(vm, address) {
      vm.status = 'starting';
      const { pid } = await startSshd({ folder: diskOf(vm), ...address });
      vm.pid = pid;
      // It was removed while it started.
      if (!machines.all.includes(vm)) return machines.halt(vm);
      vm.status = 'running';
    },
    halt(vm) {
      if (vm.pid !== undefined) stopMachine(diskOf(vm), vm.pid);
      vm.pid = undefined;
      vm.status = 'stopped';
    },
    takeSnapshot(vm, snapshot) {
      copyDisk(diskOf(vm), snapshotOf(vm, snapshot.id));
      vm.snapshots = [...vm.snapshots, snapshot];
      vm.current = snapshot.id;
    },
    restore(vm, id) {
      machines.halt(vm);
      rmSync(join(diskOf(vm), 'home'), { recursive: true, force: true });
      copyDisk(snapshotOf(vm, id), diskOf(vm));
      vm.current = id;
    },
  };
  const base = machines.add({ name: 'base', id: 'base', template: false, base: '', more: {} });
  mkdirSync(join(diskOf(base), 'home'), { recursive: true });
  makeKey(join(diskOf(base), 'host_key'));
  makeKey(join(diskOf(base), 'user_key'));
  return machines;
}

const copyDisk = (from: string, to: string): void => {
  for (const name of ['home', 'host_key', 'host_key.pub', 'user_key', 'user_key.pub'])
    if (existsSync(join(from, name))) cpSync(join(from, name), join(to, name), { recursive: true });
};
