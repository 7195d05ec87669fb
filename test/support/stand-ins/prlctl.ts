import { randomBytes, randomUUID } from 'node:crypto';
import { type Machines, Refused, type Vm } from './machines.ts';
import type { Answer } from './tool.ts';

const notFound =
  'The virtual machine could not be found. The virtual machine is not registered in the virtual machine directory on your Mac.';

/** `prlctl` with the formats and refusals of the real one, for the commands that a runner uses. */
export function createPrlctl(
  machines: Machines,
  { network, port }: { readonly network: number; readonly port: number },
): Answer {
  let count = 0;
  const find = (name: string | undefined, action: string): Vm => {
    const vm = machines.all.find((each) => each.name === name);
    if (vm === undefined) throw new Refused(`Failed to ${action}: ${notFound}`, 255);
    return vm;
  };
  const add = (name: string, template: boolean, from: Vm): void => {
    if (machines.all.some((vm) => vm.name === name))
      throw new Refused(
        `Failed to create the virtual machine: A virtual machine with the name "${name}" already exists.`,
        255,
      );
    count += 1;
    const more = {
      address: `127.${network}.${Math.floor(count / 250)}.${(count % 250) + 2}`,
      mac: `001C42${randomBytes(3).toString('hex').toUpperCase()}`,
    };
    machines.add({ name, id: randomUUID(), template, base: from.name, more }, from);
  };
  const boot = (vm: Vm): Promise<void> => machines.boot(vm, { address: vm.more['address'] ?? '', port });
  const list = (args: readonly string[]): string => {
    if (args.includes('--json')) {
      const vm = find(args[0], 'get VM config');
      const address = vm.status === 'running' && !machines.faults.noAddress ? vm.more['address'] : '-';
      return JSON.stringify(
        [{ uuid: vm.id, status: vm.status, ip_configured: address, name: vm.name }],
        undefined,
        '\t',
      );
    }
    if (args[0] === '-i') {
      const vm = find(args[1], 'get VM config');
      const adapter = `net0 (+) type=shared mac=${vm.more['mac']} card=virtio`;
      return `ID: {${vm.id}}\nName: ${vm.name}\nState: ${vm.status}\nHardware:\n  cpu cpus=2\n  ${adapter}\n`;
    }
    if (args[0] === '--all')
      return machines.all.flatMap(({ name, template }) => (template ? [] : `${name}\n`)).join('');
    return `${find(args[0], 'get VM config').status}\n`;
  };

  const commands: Readonly<
    Record<string, (args: readonly string[], option: (name: string) => string) => ReturnType<Answer>>
  > = {
    '--version': () => `${machines.faults.version ?? 'prlctl version 19.1.0 (54729)'}\n`,
    list,
    clone([base], option) {
      add(option('--name'), true, find(base, 'clone the VM'));
      return `Clone the ${base} VM to VM template ${option('--name')}...\nThe VM has been successfully cloned.\n`;
    },
    create([name = ''], option) {
      const from = find(option('--ostemplate'), 'create the virtual machine');
      if (!from.template)
        throw new Refused(`Failed to create the virtual machine: ${from.name} is not a template.`, 255);
      add(name, false, from);
      return 'Creating the virtual machine...\nThe virtual machine has been successfully created.\n';
    },
    async start([name]) {
      const vm = find(name, 'start the VM');
      if (vm.status !== 'stopped')
        throw new Refused(
          'Failed to start the VM: This operation cannot be completed because the virtual machine is already running.',
          255,
        );
      await boot(vm);
      return 'Starting the VM...\nThe VM has been successfully started.\n';
    },
    stop([name]) {
      const vm = find(name, 'stop the VM');
      if (vm.status === 'stopped') throw new Refused('Failed to stop the VM: The virtual machine is not running.', 255);
      machines.halt(vm);
      return 'Stopping the VM...\nThe VM has been forcibly stopped\n';
    },
    delete([name]) {
      const vm = find(name, 'remove the VM');
      if (vm.status !== 'stopped')
        throw new Refused(
          'Failed to remove the VM: This operation cannot be completed because the virtual machine is running.',
          255,
        );
      machines.remove(vm);
      return 'Removing the VM...\nThe VM has been successfully removed.\n';
    },
    unregister([name]) {
      machines.remove(find(name, 'unregister the VM'));
      return '';
    },
    exec([name, ...command]) {
      const vm = find(name, 'execute the command');
      if (vm.status !== 'running' || machines.faults.noTools)
        throw new Refused(
          'Failed to execute the command: Unable to connect to Parallels Tools in the virtual machine.',
          255,
        );
      // The guest has sntp and lets it set the clock.
      if (/^(exit 0|which sntp|sudo sntp .*)$/.test(command.join(' '))) return '';
      throw new Refused('', 1);
    },
    snapshot([name], option) {
      const id = randomUUID();
      machines.takeSnapshot(find(name, 'create the snapshot'), { id, name: option('--name') });
      return `Creating the snapshot...\nThe snapshot with id {${id}} has been successfully created.\n`;
    },
    'snapshot-list'([name]) {
      const { snapshots, current } = find(name, 'get the snapshot list');
      if (snapshots.length === 0) return '';
      const rows = snapshots.map(({ id }) => `${''.padEnd(38)}${id === current ? '*' : ' '}{${id}}\n`);
      return `${'PARENT_SNAPSHOT_ID'.padEnd(39)}SNAPSHOT_ID\n${rows.join('')}`;
    },
    async 'snapshot-switch'([name], option) {
      const vm = find(name, 'switch to the snapshot');
      const id = option('--id').replace(/[{}]/g, '');
      if (!vm.snapshots.some((each) => each.id === id))
        throw new Refused('Failed to revert to snapshot: The snapshot could not be found.', 255);
      machines.restore(vm, id);
      // It was taken of a machine that ran.
      await boot(vm);
      return 'Switch to the snapshot...\nThe VM has been successfully switched to the snapshot.\n';
    },
  };
  return ([command = '', ...args]) => {
    const run = commands[command];
    if (run === undefined) throw new Refused(`Unrecognized action: ${command}`, 255);
    return run(args, (name) => args[args.indexOf(name) + 1] ?? '');
  };
}
