import { type Env, type ExecutorCheck, failed, findProgram, ok, outputOf, textIn } from './tools.ts';

/** Parallels Desktop: its command, and the machine that jobs run in copies of. */
export const checkParallels: ExecutorCheck = async (settings, env) => {
  const prlctl = await findProgram('prlctl', env);
  if (prlctl === undefined)
    return [
      failed('tool', 'prlctl was not found on PATH', 'Install Parallels Desktop Pro or Business; it brings prlctl.'),
    ];
  const machines = namesFrom(
    await outputOf(prlctl, ['list', '--all', '--no-header', '--output', 'name'], env),
    (line) => line.trim(),
  );
  return [
    ok('tool', `prlctl is here (${prlctl})`),
    ...machineCheck(machines, textIn(settings, 'parallels', 'base_name')),
  ];
};

/** docker-machine, which makes the machines. */
export const checkDockerMachine: ExecutorCheck = async (_settings, env) => {
  const tool = await findProgram('docker-machine', env);
  return [
    tool === undefined
      ? failed('tool', 'docker-machine was not found on PATH', 'Install it, with the driver of your machines.')
      : ok('tool', `docker-machine is here (${tool})`),
  ];
};

/** VirtualBox: its command, and the machine that jobs run in copies of. */
export const checkVirtualBox: ExecutorCheck = async (settings, env) => {
  const tool = await findVirtualBox(env);
  if (tool === undefined)
    return [failed('tool', 'VBoxManage was not found on PATH', 'Install VirtualBox, or add its folder to PATH.')];
  const version = (await outputOf(tool, ['--version'], env))?.trim();
  const machines = namesFrom(await outputOf(tool, ['list', 'vms'], env), (line) => /^"(.*)" \{/.exec(line)?.[1] ?? '');
  return [
    ok('tool', `VirtualBox ${version ?? ''} is here (${tool})`.replace('  ', ' ')),
    ...machineCheck(machines, textIn(settings, 'virtualbox', 'base_name')),
  ];
};

/** The installer of VirtualBox for Windows names its folder in a variable and leaves PATH alone. */
const findVirtualBox = async (env: Env): Promise<string | undefined> => {
  const folder = env['VBOX_MSI_INSTALL_PATH'];
  return (await findProgram('VBoxManage', env)) ?? (folder ? findProgram(`${folder}VBoxManage`, env) : undefined);
};

const namesFrom = (output: string | undefined, nameIn: (line: string) => string): readonly string[] | undefined =>
  output
    ?.split(/\r?\n/)
    .map(nameIn)
    .filter((name) => name !== '');

function machineCheck(machines: readonly string[] | undefined, wanted: string) {
  if (machines === undefined)
    return [
      failed(
        'machine',
        'the list of virtual machines cannot be read',
        'Run the tool once by hand and see what it says.',
      ),
    ];
  if (wanted === '') return [];
  if (machines.includes(wanted)) return [ok('machine', `the virtual machine "${wanted}" is here`)];
  const others = machines
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ');
  return [
    failed(
      'machine',
      `there is no virtual machine "${wanted}"`,
      machines.length > 0 ? `Type the name of one that is here: ${others}.` : 'Create one first; there is none.',
    ),
  ];
}
