import { choice, flag, integer, number, openTable, table, tables, text, texts } from './kinds.ts';

/** `[runners.ssh]` (spec/config-toml.md 2.6). */
export const ssh = table('Sign-in on another machine: executors ssh, parallels and virtualbox.', {
  user: text('User.', { default: 'root' }),
  password: text('Password.', { secret: true }),
  host: text('Host; the VM executors find it themselves.'),
  port: text('Port, as text.', { default: '22' }),
  identity_file: text('Private key file without passphrase; without it and password the SSH agent is asked.'),
  disable_strict_host_key_checking: flag('Take any host key: anyone on the network could pose as the host.', {
    default: false,
  }),
  known_hosts_file: text('File with the host keys.', { default: '~/.ssh/known_hosts' }),
});

/** `[runners.parallels]` (2.7). */
export const parallels = table('Virtual machines of Parallels Desktop.', {
  base_name: text('Virtual machine that jobs run in a copy of.'),
  template_name: text('Linked template.'),
  time_server: text('Clock source of the guest.', { default: 'time.apple.com' }),
  disable_snapshots: flag('Remove the machine after the job.', { default: false }),
  allowed_images: texts('Regular expressions for image: of jobs; empty: base_name only.'),
});

/** `[runners.virtualbox]` (2.7). */
export const virtualbox = table('Virtual machines of VirtualBox.', {
  base_name: text('Virtual machine that jobs run in a copy of.'),
  base_snapshot: text('Snapshot to copy; empty: the present one.'),
  base_folder: text('Folder of the copies.'),
  start_type: choice('How the machine is started.', ['headless', 'gui', 'separate'], { default: 'headless' }),
  disable_snapshots: flag('Remove the machine after the job.', { default: false }),
  allowed_images: texts('Regular expressions for image: of jobs; empty: base_name only.'),
});

const program = (what: string) => text(`Program: ${what}.`);
const argumentsOf = (what: string) => texts(`Arguments of the program that ${what}.`);
const limit = (what: string) =>
  integer(`How long the program that ${what} may take.`, { default: 3600, unit: 'seconds' });

/** `[runners.custom]` (2.8). */
export const custom = table('Own programs that prepare, run and clean up jobs.', {
  config_exec: program('says settings of the job as JSON'),
  config_args: argumentsOf('says settings'),
  config_exec_timeout: limit('says settings'),
  prepare_exec: program('prepares the environment'),
  prepare_args: argumentsOf('prepares'),
  prepare_exec_timeout: limit('prepares'),
  run_exec: program('runs the script of each stage'),
  run_args: argumentsOf('runs stages'),
  cleanup_exec: program('cleans up'),
  cleanup_args: argumentsOf('cleans up'),
  cleanup_exec_timeout: limit('cleans up'),
  graceful_kill_timeout: integer('Wait after the friendly end.', { default: 600, unit: 'seconds' }),
  force_kill_timeout: integer('Wait after the hard end.', { default: 10, unit: 'seconds' }),
});

const idle = {
  IdleCount: integer('Machines that wait for jobs.', { default: 0 }),
  IdleCountMin: integer('The least of them, with IdleScaleFactor.', { default: 0 }),
  IdleScaleFactor: number('Machines that wait, for each one at work; at most IdleCount.', { default: 0 }),
  IdleTime: integer('How long a machine too many waits for its removal.', { default: 0, unit: 'seconds' }),
};
const offPeak = { deprecated: 'use [[runners.machine.autoscaling]]' };

/** `[runners.machine]` (2.9): the only section with keys in capitals. */
export const machine = table('Machines that docker-machine creates for jobs (docker+machine, deprecated by GitLab).', {
  MaxGrowthRate: integer('Machines that may be created at once; 0: any number.', { default: 0 }),
  ...idle,
  MaxBuilds: integer('Jobs after which a machine is removed; 0: any number.', { default: 0 }),
  MaxRemovalAttempts: integer('Tries to remove a machine.', { default: 30 }),
  MachineDriver: text('Driver of docker-machine.'),
  MachineName: text('Name of a machine; %s is replaced by a time and a random number.'),
  MachineOptions: texts('Options of the driver, key=value.'),
  MachineOptionsWithName: texts('The same; %s is replaced by the name of the machine.'),
  OffPeakPeriods: texts('Other numbers at other times.', offPeak),
  OffPeakTimezone: text('Time zone of OffPeakPeriods.', offPeak),
  OffPeakIdleCount: integer('IdleCount in OffPeakPeriods.', offPeak),
  OffPeakIdleTime: integer('IdleTime in OffPeakPeriods.', offPeak),
  autoscaling: tables('Other numbers at other times; the last one that fits counts.', {
    Periods: texts('Times as cron expressions of seven parts: second, minute, hour, day, month, weekday, year.'),
    Timezone: text('Their time zone, such as Europe/Berlin; absent: that of this machine.'),
    ...idle,
  }),
});
/** Engines that are not served here: kept in the file, and refused by the name of the executor (2.10 to 2.12). */
const elsewhere = 'this executor is not supported';
export const instance = openTable('Instances of an autoscaler (official runner only).', { ignored: elsewhere });
export const autoscaler = openTable('Autoscaled instances (official runner only).', { ignored: elsewhere });
export const kubernetes = openTable('Pods of a cluster (official runner only).', { ignored: elsewhere });
