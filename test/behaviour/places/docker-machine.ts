import { openDockerMachines } from '../../support/stand-ins/docker-machine.ts';
import type { Place } from '../types.ts';
import { docker } from './docker.ts';

/** A stand-in for `docker-machine`, whose machines are the engine of this one. */
export const dockerMachine: Place = {
  ...docker,
  name: 'docker+machine',
  executor: 'docker+machine',
  differs: { ...docker.differs, cache: 'lost' },
  needs: [...docker.needs, 'openssl', 'bash'],
  async open(root, runner) {
    const [inside, machines] = await Promise.all([docker.open(root, runner), openDockerMachines(root)]);
    return {
      ...inside,
      runner: {
        // Each machine has one job at a time and names its volumes accordingly. Here all machines are one: no job may
        // find the volumes of another.
        docker: { ...inside.runner.docker, disable_cache: true },
        // A machine is used again, as long as there is one.
        machine: { MachineDriver: 'none', MachineName: 'test-%s', MachineOptions: ['url=none'], IdleTime: 600 },
      },
      payload: { ...inside.payload, allow_git_fetch: false },
      env: machines.env,
      async close() {
        machines.close();
        await inside.close();
      },
    };
  },
};
