import { startSshd } from '../../support/sshd.ts';
import type { Place } from '../types.ts';

/** On this machine again, through a real sshd. */
export const ssh: Place = {
  name: 'ssh',
  executor: 'ssh',
  needs: ['sshd', 'ssh-keygen', 'linux', 'bash'],
  differs: { exitWords: 'Process exited with status 3' },
  async open(root) {
    const sshd = await startSshd({ folder: root });
    return { runner: { ssh: sshd.settings() }, leftovers: async () => [], close: () => sshd.stop() };
  },
};
