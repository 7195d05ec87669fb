import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candidate, Strategy } from './types.ts';

/** Podman's Docker API: rootless and rootful sockets on Linux, the machine's socket or pipe elsewhere. */
export const fromPodman: Strategy = async ({ platform, env, home, uid }) => {
  const socket = (source: string, path: string): Candidate => ({ source, endpoint: { kind: 'socket', path } });
  if (platform === 'win32') return [socket('Podman machine', '//./pipe/podman-machine-default')];
  if (platform === 'linux') {
    const runtime = env['XDG_RUNTIME_DIR'] || `/run/user/${uid}`;
    return [
      socket('rootless Podman', join(runtime, 'podman', 'podman.sock')),
      socket('Podman', '/run/podman/podman.sock'),
    ];
  }
  const machines = join(home, '.local', 'share', 'containers', 'podman', 'machine');
  const found = await readdir(machines, { withFileTypes: true }).catch(() => []);
  const below = found.filter((entry) => entry.isDirectory()).map(({ name }) => join(machines, name, 'podman.sock'));
  const temporary = (await readdir(join(env['TMPDIR'] || '/tmp', 'podman')).catch(() => []))
    .filter((name) => name.endsWith('-api.sock'))
    .map((name) => join(env['TMPDIR'] || '/tmp', 'podman', name));
  return [join(machines, 'podman.sock'), ...below, ...temporary].map((path) => socket('Podman machine', path));
};
