import { openVirtualBox } from '../../support/stand-ins/index.ts';
import type { Place } from '../types.ts';

/** A stand-in for `VBoxManage`; what it switches on is a real sshd. */
export const virtualbox: Place = {
  name: 'virtualbox',
  executor: 'virtualbox',
  needs: ['sshd', 'ssh-keygen', 'linux', 'bash'],
  differs: { exitWords: 'Process exited with status 3', cache: 'lost' },
  async open(root) {
    const standIn = await openVirtualBox(root);
    return {
      runner: { ssh: standIn.ssh, virtualbox: { base_name: 'base' } },
      env: standIn.env,
      // Machines of slots stay, switched off.
      leftovers: async () => standIn.copies().filter((copy) => !copy.endsWith(' stopped')),
      close: async () => standIn.close(),
    };
  },
};
