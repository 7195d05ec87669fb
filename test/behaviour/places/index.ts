import type { Place } from '../types.ts';
import { custom, customContainers } from './custom.ts';
import { docker } from './docker.ts';
import { dockerMachine } from './docker-machine.ts';
import { dockerSsh } from './docker-ssh.ts';
import { parallels } from './parallels.ts';
import { shell } from './shell.ts';
import { ssh } from './ssh.ts';
import { virtualbox } from './virtualbox.ts';

/** Every executor that takes the suite, in the order of the table in docs/executors.md. A new one is one line here. */
export const places: readonly Place[] = [
  shell,
  docker,
  ssh,
  parallels,
  virtualbox,
  dockerSsh,
  custom,
  customContainers,
  dockerMachine,
];
