import { openParallels } from '../../support/stand-ins/index.ts';
import type { Place } from '../types.ts';

/** A stand-in for `prlctl`; what it switches on is a real sshd. */
export const parallels: Place = {
  name: 'parallels',
  executor: 'parallels',
  needs: ['sshd', 'ssh-keygen', 'linux', 'bash'],
  differs: { exitWords: 'Process exited with status 3', cache: 'lost' },
  async open(root) {
    const standIn = await openParallels(root);
    return {
      runner: { ssh: standIn.ssh, parallels: { base_name: 'base' } },
      env: standIn.env,
      // Machines of slots stay, switched off.
      leftovers: async () => standIn.copies().filter((copy) => !copy.endsWith(' stopped')),
      close: async () => standIn.close(),
    };
  },
};
