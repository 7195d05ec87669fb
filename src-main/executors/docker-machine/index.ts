import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { HarrierError } from '../../../src-shared/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { createDockerExecutor, type DockerExecutorDeps } from '../docker/index.ts';
import type { Configured, ConfigureRequest, Executor, Lease } from '../types.ts';
import { drainPools, type ShutdownDrain } from './drain.ts';
import { type Claim, createPool, type MachinePool } from './pool.ts';
import { createMachineTool } from './tool.ts';

export type { ShutdownDrain } from './drain.ts';
export interface DockerMachineDeps extends Omit<DockerExecutorDeps, 'engines'> {
  /** `[machine.shutdown_drain]`; absent, or undefined: machines stay as they are. */
  readonly shutdownDrain?: () => ShutdownDrain | undefined;
}

const name = 'docker+machine';

/** Runs jobs in containers on machines that docker-machine makes and removes. Deprecated by GitLab. */
export const createDockerMachineExecutor = (deps: DockerMachineDeps): Executor => {
  const { clock, env, log = silentLogger, shutdownDrain } = deps;
  const ending = new AbortController();
  const tool = createMachineTool({ clock, env, ending: ending.signal });
  const pools = new Map<string, MachinePool>();
  /** One executor a machine, so that its connections go with it. */
  const dockers = new Map<string, Executor>();
  const plain = createDockerExecutor(deps);

  const poolOf = (shortToken: string): MachinePool => {
    const known = pools.get(shortToken);
    if (known !== undefined) return known;
    const pool = createPool({
      clock,
      log,
      tool,
      shortToken,
      ending: ending.signal,
      onRemoved: (machine) => void dockers.delete(machine),
    });
    pools.set(shortToken, pool);
    return pool;
  };
  const dockerOn = (machine: string): Executor => {
    const docker = dockers.get(machine) ?? createDockerExecutor(deps);
    dockers.set(machine, docker);
    return docker;
  };
  const configureOn = async (claim: Claim, request: ConfigureRequest): Promise<Configured> => {
    const machine = await claim.machine(request.signal);
    await request.onHandle({ kind: 'machine', id: machine.name });
    request.onDetail?.('machine', machine.name);
    const docker = dockerOn(machine.name);
    return {
      executor: {
        ...docker,
        name,
        // One job a machine at a time: its volumes are those of the first slot.
        prepare: (prepared) => docker.prepare({ ...prepared, slot: { ...prepared.slot, projectRunnerId: 0 } }),
      },
      runner: withEngine(request.runner, await tool.credentials(machine.name)),
      hostname: machine.name,
      discard: async () => {},
    };
  };
  const leaseOf = (claim: Claim): Lease => ({
    executor: { ...executor, configure: (request) => configureOn(claim, request) },
    release: () => claim.release(),
  });
  const executor: Executor = {
    name,
    traits: plain.traits,
    ...(plain.traitsFor ? { traitsFor: plain.traitsFor } : {}),
    async acquire({ runner, shortToken }) {
      const found = await poolOf(shortToken).acquire(runner);
      return typeof found === 'string' ? found : leaseOf(found);
    },
    prepare: () => Promise.reject(new HarrierError('INTERNAL', 'no machine was acquired for this job')),
    async recover(handles, runner, appLog) {
      const machine = handles.findLast(({ kind }) => kind === 'machine')?.id;
      // With a machine everything on it is gone.
      if (machine === undefined || !(await tool.exists(machine))) return;
      await plain.recover?.(handles, withEngine(runner, await tool.credentials(machine)), appLog);
    },
    async settled() {
      await Promise.all([...dockers.values()].map((docker) => docker.settled?.()));
      const all = [...pools.values()];
      for (const pool of all) pool.end();
      const drain = shutdownDrain?.();
      if (drain !== undefined) await drainPools(all, drain, { tool, clock, log });
      ending.abort(new Error('Harrier ends'));
      await Promise.all(all.map((pool) => pool.quiet()));
    },
  };
  return executor;
};

/** The entry with the engine of a machine in place of what `host` says. */
const withEngine = (
  runner: RunnerConfig,
  { url, certPath }: { readonly url: string; readonly certPath: string },
): RunnerConfig => ({
  ...runner,
  docker: { ...runner.docker, host: url, tls_cert_path: certPath, tls_verify: true },
});
