import { existsSync, readdirSync } from 'node:fs';
import type { Place } from '../types.ts';

export const shell: Place = {
  name: 'shell',
  executor: 'shell',
  needs: ['bash', 'git', 'linux'],
  open: async (root) => ({
    runner: {},
    // Scripts and pipes of a job lie there when there is no better place.
    env: { XDG_RUNTIME_DIR: root },
    leftovers: async () => (existsSync(root) ? readdirSync(root).filter((name) => name.startsWith('harrier-')) : []),
    close: async () => {},
  }),
};
