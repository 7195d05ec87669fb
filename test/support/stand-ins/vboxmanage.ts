import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Machines, Refused, type Vm } from './machines.ts';
import type { Answer } from './tool.ts';

const refuse = (text: string, code: string): Refused =>
  new Refused(
    `VBoxManage: error: ${text}\nVBoxManage: error: Details: code ${code}, component MachineWrap, interface IMachine, callee nsISupports`,
    1,
  );

/** `VBoxManage` with the formats and refusals of the real one, for the commands that a runner uses. */
export function createVBoxManage(
  machines: Machines,
  { port, address }: { readonly port: number; readonly address: string },
): Answer {
  const find = (name: string | undefined): Vm => {
    const vm = machines.all.find((each) => each.name === name || each.id === name);
    if (vm !== undefined) return vm;
    throw refuse(`Could not find a registered machine named '${name}'`, 'VBOX_E_OBJECT_NOT_FOUND (0x80bb0001)');
  };
  const isOn = ({ status }: Vm): boolean => status === 'running' || status === 'starting';
  const mustBeOff = (vm: Vm): void => {
    if (isOn(vm))
      throw refuse(
        `The machine '${vm.name}' is already locked for a session (or being unlocked)`,
        'VBOX_E_INVALID_OBJECT_STATE (0x80bb0007)',
      );
  };
  const stateOf = ({ status }: Vm): string => (status === 'stopped' ? 'poweroff' : status);
  const info = (vm: Vm): string =>
    [
      `name="${vm.name}"`,
      `UUID="${vm.id}"`,
      'memory=2048',
      `nic1="${vm.more['nic'] ?? 'nat'}"`,
      'nic2="none"',
      ...(vm.more['rule'] === undefined ? [] : [`Forwarding(0)="${vm.more['rule']}"`]),
      `VMState="${stateOf(vm)}"`,
      'VMStateChangeTime="2026-01-01T00:00:00.000000000"',
      '',
    ].join('\n');
  const list = ([what, long]: readonly string[]): string => {
    if (what === 'vms' && long === undefined) return machines.all.map(({ name, id }) => `"${name}" {${id}}\n`).join('');
    if (what === 'systemproperties')
      return `API version:                     7_0\nDefault machine folder:          ${machines.folder}\n`;
    if (what === 'hdds')
      return machines.all
        .map(
          ({ id, name }) =>
            `UUID:           ${id}\nState:          created\nLocation:       ${machines.folder}/${name}/disk.vdi\n`,
        )
        .join('\n');
    return machines.all
      .map(({ name, more }) => {
        const host = more['rule']?.split(',')[3];
        const rule = `NIC 1 Rule(0):   name = guestssh, protocol = tcp, host ip = 127.0.0.1, host port = ${host}, guest ip = , guest port = ${port}\n`;
        return `Name:            ${name}\n${host === undefined ? '' : rule}`;
      })
      .join('\n');
  };
  const snapshot = (vm: Vm, [action, title = '']: readonly string[]): string => {
    if (action === 'list') {
      if (vm.snapshots.length === 0) throw new Refused('This machine does not have any snapshots', 1);
      const current = vm.snapshots.find(({ id }) => id === vm.current);
      const rows = vm.snapshots.map(({ id, name }, index) => {
        const suffix = index === 0 ? '' : '-1'.repeat(index);
        return `SnapshotName${suffix}="${name}"\nSnapshotUUID${suffix}="${id}"\n`;
      });
      return `${rows.join('')}CurrentSnapshotName="${current?.name ?? ''}"\nCurrentSnapshotUUID="${vm.current}"\n`;
    }
    if (action === 'take') {
      machines.takeSnapshot(vm, { id: randomUUID(), name: title });
      return 'Snapshot taken.\n';
    }
    mustBeOff(vm);
    if (vm.current === '' || !vm.snapshots.some(({ id }) => id === vm.current))
      throw refuse(`Could not find a snapshot for machine '${vm.name}'`, 'VBOX_E_OBJECT_NOT_FOUND (0x80bb0001)');
    machines.restore(vm, vm.current);
    vm.status = 'saved';
    return `Restoring snapshot '${vm.current}' (${vm.current})\n`;
  };

  const commands: Readonly<Record<string, (args: readonly string[]) => ReturnType<Answer>>> = {
    '--version': () => `${machines.faults.version ?? '7.0.20r163906'}\n`,
    list,
    showvminfo: ([name]) => info(find(name)),
    snapshot: ([name, ...rest]) => snapshot(find(name), rest),
    clonevm([base, ...options]) {
      const from = find(base);
      const option = (name: string): string | undefined =>
        options.includes(name) ? options[options.indexOf(name) + 1] : undefined;
      const title = option('--snapshot');
      if (title !== undefined && !from.snapshots.some(({ name, id }) => name === title || id === title))
        throw refuse(`Could not find a snapshot named '${title}'`, 'VBOX_E_OBJECT_NOT_FOUND (0x80bb0001)');
      if (option('--options') === 'link' && title === undefined)
        throw refuse('Linked clone can only be created from a snapshot', 'E_INVALIDARG (0x80070057)');
      const more: Record<string, string> = from.more['nic'] === undefined ? {} : { nic: from.more['nic'] };
      const name = option('--name') ?? '';
      machines.add({ name, id: randomUUID(), template: false, base: from.name, more }, from);
      return `Machine has been successfully cloned as "${name}"\n`;
    },
    modifyvm([name, option, value = '']) {
      const vm = find(name);
      mustBeOff(vm);
      if (option !== '--natpf1') throw refuse(`Unknown option: ${option}`, 'E_INVALIDARG (0x80070057)');
      vm.more['rule'] = value;
      return '';
    },
    async startvm([name]) {
      const vm = find(name);
      mustBeOff(vm);
      const host = vm.more['rule']?.split(',')[3];
      await machines.boot(vm, host === undefined ? { address, port } : { address: '127.0.0.1', port: Number(host) });
      return `Waiting for VM "${vm.name}" to power on...\nVM "${vm.name}" has been successfully started.\n`;
    },
    controlvm([name]) {
      const vm = find(name);
      if (!isOn(vm))
        throw refuse(`Machine '${vm.name}' is not currently running.`, 'VBOX_E_INVALID_VM_STATE (0x80bb0002)');
      machines.halt(vm);
      return '0%...10%...100%\n';
    },
    unregistervm([name, files]) {
      const vm = find(name);
      mustBeOff(vm);
      machines.remove(vm);
      const folder = join(machines.folder, vm.name);
      if (files === '--delete' && existsSync(folder)) rmSync(folder, { recursive: true });
      return '0%...10%...100%\n';
    },
    closemedium([id]) {
      throw refuse(`Could not find file for the medium '${id}'`, 'VBOX_E_FILE_ERROR (0x80bb0004)');
    },
    guestproperty([, name]) {
      const vm = find(name);
      return isOn(vm) && !machines.faults.noAddress ? `Value: ${address}\n` : 'No value set!\n';
    },
  };
  return ([command = '', ...args]) => {
    const run = commands[command];
    if (run === undefined) throw new Refused(`VBoxManage: error: Invalid command '${command}'`, 2);
    return run(args);
  };
}
