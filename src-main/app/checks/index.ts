import type { MachineCheck } from '../../../src-shared/runner-calls.ts';
import { checkCustom } from './custom.ts';
import { checkDocker } from './docker.ts';
import { checkDockerMachine, checkParallels, checkVirtualBox } from './machines.ts';
import { checkShell } from './shell.ts';
import { checkSsh } from './ssh.ts';
import type { Env, ExecutorCheck, Settings } from './tools.ts';

/** What an executor needs of this machine. One that is not listed needs nothing that could be looked at beforehand. */
const checks: Readonly<Record<string, readonly ExecutorCheck[]>> = {
  shell: [checkShell],
  docker: [checkDocker('linux')],
  'docker-windows': [checkDocker('windows')],
  'docker-ssh': [checkDocker('linux')],
  'docker+machine': [checkDockerMachine],
  ssh: [checkSsh],
  parallels: [checkParallels],
  virtualbox: [checkVirtualBox],
  custom: [checkCustom],
};

/** Looks at this machine for one executor; changes nothing. */
export async function checkExecutor(executor: string, settings: Settings, env: Env): Promise<readonly MachineCheck[]> {
  const own = Object.hasOwn(checks, executor) ? (checks[executor] ?? []) : [];
  return (await Promise.all(own.map((check) => check(settings, env)))).flat();
}
