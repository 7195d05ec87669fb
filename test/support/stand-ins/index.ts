import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../sshd.ts';
import { createMachines, type Machines } from './machines.ts';
import { createPrlctl } from './prlctl.ts';
import { serveTool } from './tool.ts';
import { createVBoxManage } from './vboxmanage.ts';

/** A hypervisor that is not on this machine, with real programs behind its machines. */
export interface StandIn {
  readonly machines: Machines;
  /** PATH for whoever calls the tool. */
  readonly env: Readonly<Record<string, string>>;
  /** `[runners.ssh]` for its machines; their host key is checked. */
  readonly ssh: Readonly<Record<string, string>>;
  /** Calls so far. */
  readonly commands: readonly (readonly string[])[];
  /** Names of the copies that exist, with their states. */
  copies(): readonly string[];
  /** As it was at the beginning: one machine, no faults, no calls. */
  reset(): void;
  /** Switches all machines off and removes the folder. */
  close(): void;
}

/** Parallels Desktop in `root`, with one machine, `base`. */
export async function openParallels(root: string): Promise<StandIn> {
  const machines = createMachines(join(root, 'machines'));
  const port = await freePort('127.0.0.1');
  // A network of its own on loopback, so that other tests have others.
  const answer = createPrlctl(machines, { port, network: 32 + Math.floor(Math.random() * 200) });
  const tool = await serveTool(join(root, 'bin'), 'prlctl', { answer, faults: () => machines.faults });
  return standIn(root, machines, { tool, port, known: `[127.*]:${port}` });
}

/** VirtualBox in `root`, with one machine, `base`, behind NAT. */
export async function openVirtualBox(root: string): Promise<StandIn> {
  const machines = createMachines(join(root, 'machines'));
  const port = await freePort('127.0.0.1');
  const address = `127.${32 + Math.floor(Math.random() * 200)}.0.2`;
  const answer = createVBoxManage(machines, { port, address });
  const tool = await serveTool(join(root, 'bin'), 'VBoxManage', { answer, faults: () => machines.faults });
  return standIn(root, machines, { tool, port, known: `[localhost]:*,[${address}]:*` });
}

const standIn = (
  root: string,
  machines: Machines,
  { tool, port, known }: { tool: Awaited<ReturnType<typeof serveTool>>; port: number; known: string },
): StandIn => {
  const key = (name: string): string => join(machines.folder, 'base', name);
  writeFileSync(join(root, 'known_hosts'), `${known} ${readFileSync(key('host_key.pub'), 'utf8')}`);
  return {
    machines,
    env: { PATH: `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` },
    ssh: {
      user: userInfo().username,
      port: String(port),
      identity_file: key('user_key'),
      known_hosts_file: join(root, 'known_hosts'),
    },
    commands: tool.commands,
    copies: () =>
      machines.all
        .filter(({ name, template }) => name !== 'base' && !template)
        .map(({ name, status }) => `${name} ${status}`),
    reset() {
      for (const vm of machines.all) if (vm.name !== 'base') machines.remove(vm);
      machines.faults = {};
      tool.commands.length = 0;
    },
    close() {
      for (const vm of machines.all) machines.halt(vm);
      tool.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
