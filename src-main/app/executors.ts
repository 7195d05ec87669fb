import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { createCustomExecutor } from '../executors/custom/index.ts';
import { createDockerExecutor, createDockerWindowsExecutor } from '../executors/docker/index.ts';
import { createDockerMachineExecutor, type ShutdownDrain } from '../executors/docker-machine/index.ts';
import { createDockerSshExecutor } from '../executors/docker-ssh/index.ts';
import { createParallelsExecutor } from '../executors/parallels/index.ts';
import { createShellExecutor, type OtherUser } from '../executors/shell/index.ts';
import { createSshExecutor } from '../executors/ssh/index.ts';
import type { Executor } from '../executors/types.ts';
import { createVirtualBoxExecutor } from '../executors/virtualbox/index.ts';

export interface ExecutorDeps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** For jobs of local pipelines: the login profile is read once. */
  readonly local?: boolean;
  readonly log?: Logger;
  /** What becomes of machines that wait when Harrier ends; undefined: nothing. */
  readonly shutdownDrain?: () => ShutdownDrain | undefined;
  /** As whom shell jobs run, when not as whoever started Harrier. */
  readonly user?: OtherUser;
}

/** Every executor there is. A new one is one folder and one line here. Made when first asked for, then kept. */
const makers: Readonly<Record<string, (deps: ExecutorDeps) => Executor>> = {
  shell: (deps) => createShellExecutor({ ...deps, keepProfile: deps.local === true }),
  docker: (deps) => createDockerExecutor(deps),
  'docker-windows': (deps) => createDockerWindowsExecutor(deps),
  'docker+machine': (deps) => createDockerMachineExecutor(deps),
  'docker-ssh': (deps) => createDockerSshExecutor(deps),
  ssh: (deps) => createSshExecutor(deps),
  parallels: (deps) => createParallelsExecutor({ ...deps, arch: process.arch }),
  custom: (deps) => createCustomExecutor(deps),
  virtualbox: (deps) => createVirtualBoxExecutor(deps),
};

export const executorNames: readonly string[] = Object.keys(makers);

/** Why no job can run with an executor of this name, as the editor says it; undefined when jobs can. */
export function executorRefusal(name: string): string | undefined {
  if (Object.hasOwn(makers, name)) return undefined;
  return name === ''
    ? `executor is missing; use ${executorNames.join(', ')}`
    : `executor = "${name}" is not supported here; use ${executorNames.join(', ')}`;
}

export interface Executors {
  readonly of: (runner: RunnerConfig) => Executor | undefined;
  /** Nothing of any job goes on quietly any more. */
  readonly settled: () => Promise<void>;
}

export function createExecutors(deps: ExecutorDeps): Executors {
  const made = new Map<string, Executor>();
  const of: Executors['of'] = (runner) => {
    const name = runner.executor ?? '';
    const known = made.get(name);
    if (known !== undefined) return forRunner(known, runner);
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (make === undefined) return undefined;
    const executor = make(deps);
    made.set(name, executor);
    return forRunner(executor, runner);
  };
  return {
    of,
    settled: async () => void (await Promise.all([...made.values()].map((executor) => executor.settled?.()))),
  };
}

const forRunner = (executor: Executor, runner: RunnerConfig): Executor => {
  const traits = executor.traitsFor?.(runner) ?? executor.traits;
  return traits === executor.traits ? executor : { ...executor, traits };
};
