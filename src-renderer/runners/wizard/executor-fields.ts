import type { MessageId } from '../../app/messages.ts';

/** One key of the entry that an executor needs or commonly has, as the wizard asks for it. */
export interface ExecutorField {
  /** With dots: `docker.image`. */
  readonly key: string;
  readonly label: MessageId;
  readonly hint?: MessageId;
  readonly required?: true;
  /** Never shown again and not kept with the draft. */
  readonly secret?: true;
  readonly choices?: readonly string[];
  readonly standard?: string;
}

const login: readonly ExecutorField[] = [
  { key: 'ssh.user', label: 'field.sshUser', required: true },
  { key: 'ssh.identity_file', label: 'field.sshKey', hint: 'field.sshKeyHint' },
  { key: 'ssh.password', label: 'field.sshPassword', hint: 'field.sshPasswordHint', secret: true },
];
const host: readonly ExecutorField[] = [
  { key: 'ssh.host', label: 'field.sshHost', required: true },
  { key: 'ssh.port', label: 'field.sshPort', standard: '22' },
];
const image: ExecutorField = {
  key: 'docker.image',
  label: 'field.image',
  hint: 'field.imageHint',
  required: true,
  standard: 'alpine:latest',
};

const fields: Readonly<Record<string, readonly ExecutorField[]>> = {
  shell: [
    { key: 'shell', label: 'field.shell', hint: 'field.shellHint', choices: ['', 'bash', 'sh', 'pwsh', 'powershell'] },
  ],
  docker: [image],
  'docker-windows': [{ ...image, standard: 'mcr.microsoft.com/windows/servercore:ltsc2025' }],
  'docker-ssh': [image, ...login],
  'docker+machine': [
    image,
    { key: 'machine.MachineDriver', label: 'field.driver', hint: 'field.driverHint', required: true },
    {
      key: 'machine.MachineName',
      label: 'field.machineName',
      hint: 'field.machineNameHint',
      required: true,
      standard: 'harrier-%s',
    },
  ],
  ssh: [...host, ...login],
  parallels: [
    { key: 'parallels.base_name', label: 'field.machine', hint: 'field.machineHint', required: true },
    ...login,
  ],
  virtualbox: [
    { key: 'virtualbox.base_name', label: 'field.machine', hint: 'field.machineHint', required: true },
    { key: 'virtualbox.base_snapshot', label: 'field.snapshot', hint: 'field.snapshotHint' },
    ...login,
  ],
  custom: [
    { key: 'custom.run_exec', label: 'field.run', hint: 'field.runHint', required: true },
    { key: 'custom.prepare_exec', label: 'field.prepare' },
    { key: 'custom.cleanup_exec', label: 'field.cleanup' },
    { key: 'custom.config_exec', label: 'field.config' },
    { key: 'builds_dir', label: 'field.builds', hint: 'field.buildsHint', required: true, standard: '/builds' },
    { key: 'cache_dir', label: 'field.cache', required: true, standard: '/cache' },
  ],
};

/** What is asked for an executor; one that is not listed needs nothing that the wizard could ask. */
export const fieldsOf = (executor: string): readonly ExecutorField[] =>
  Object.hasOwn(fields, executor) ? (fields[executor] ?? []) : [];

const texts: Readonly<Record<string, readonly [title: MessageId, text: MessageId]>> = {
  shell: ['executor.shell', 'executor.shellText'],
  docker: ['executor.docker', 'executor.dockerText'],
  'docker-windows': ['executor.dockerWindows', 'executor.dockerWindowsText'],
  'docker+machine': ['executor.dockerMachine', 'executor.dockerMachineText'],
  'docker-ssh': ['executor.dockerSsh', 'executor.dockerSshText'],
  ssh: ['executor.ssh', 'executor.sshText'],
  parallels: ['executor.parallels', 'executor.parallelsText'],
  virtualbox: ['executor.virtualbox', 'executor.virtualboxText'],
  custom: ['executor.custom', 'executor.customText'],
  instance: ['executor.instance', 'executor.instanceText'],
  'docker-autoscaler': ['executor.dockerAutoscaler', 'executor.dockerAutoscalerText'],
  kubernetes: ['executor.kubernetes', 'executor.kubernetesText'],
};
/** Its name for people and one sentence, where the wizard has them. */
export const textsOf = (executor: string): readonly [title: MessageId, text: MessageId] | undefined =>
  Object.hasOwn(texts, executor) ? texts[executor] : undefined;

const order = ['shell', 'docker'];
/** Those that can work on this system, the commonest first. */
export const offered = (executors: readonly string[], platform: string): readonly string[] =>
  [...executors]
    .filter((name) =>
      name === 'docker-windows' ? platform === 'win32' : name !== 'parallels' || platform === 'darwin',
    )
    .sort((a, b) => rank(a) - rank(b));
const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
