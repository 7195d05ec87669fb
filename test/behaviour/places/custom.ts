import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import type { Place } from '../types.ts';
import { ask, bridgeAddress, gitImage, importGitImage } from './engine.ts';

const drivers = resolve(import.meta.dirname, '../../support/drivers');

/** The four programs of a driver, each with the same argument. */
const programsOf = (driver: string, argument: string): RunnerConfig => {
  const program = (step: string): string => join(drivers, driver, `${step}.sh`);
  return {
    custom: {
      config_exec: program('config'),
      config_args: [argument],
      prepare_exec: program('prepare'),
      prepare_args: [argument],
      run_exec: program('run'),
      cleanup_exec: program('cleanup'),
    },
  };
};

/** A driver whose machine is a folder of this one. */
export const custom: Place = {
  name: 'custom',
  executor: 'custom',
  needs: ['bash', 'git', 'linux'],
  differs: { services: 'given', terminal: 'no' },
  async open(root) {
    const folders = { jobs: join(root, 'jobs') };
    mkdirSync(folders.jobs);
    return {
      runner: programsOf('folder', folders.jobs),
      leftovers: async () =>
        existsSync(folders.jobs) ? readdirSync(folders.jobs).filter((name) => name.startsWith('job-')) : [],
      close: async () => {},
    };
  },
};

/** A driver that runs jobs in containers by `docker exec`. */
export const customContainers: Place = {
  name: 'custom (containers)',
  executor: 'custom',
  needs: ['bash', 'docker', 'busybox', 'git', 'linux'],
  differs: { services: 'given', terminal: 'no', cache: 'lost' },
  async open(_root, { token }) {
    await importGitImage();
    const { custom: settings } = programsOf('containers', gitImage);
    return {
      // Its scripts are the argument's only: run_exec gets it before script and stage.
      runner: { custom: { ...settings, run_args: [gitImage] } },
      host: bridgeAddress(),
      leftovers: async () =>
        ask(
          'container',
          'ls',
          '--all',
          '--filter',
          `name=driver-${token.slice('glrt-'.length)}`,
          '--format',
          '{{.Names}}',
        ),
      close: async () => {},
    };
  },
};
