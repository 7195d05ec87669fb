import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candidate, Strategy } from './types.ts';

const socket = (source: string, path: string): Candidate => ({ source, endpoint: { kind: 'socket', path } });

/** Where Docker and its relatives put their sockets and pipes when nobody says otherwise. */
export const fromKnownPlaces: Strategy = async ({ platform, home, env, uid }) => {
  if (platform === 'win32')
    return [
      socket('Docker', '//./pipe/docker_engine'),
      socket('Docker Desktop', '//./pipe/dockerDesktopLinuxEngine'),
      socket('Rancher Desktop', '//./pipe/rancher_desktop'),
    ];
  const inHome = (...parts: string[]) => join(home, ...parts);
  const runtime = env['XDG_RUNTIME_DIR'] || `/run/user/${uid}`;
  const colima = await profiles(env['COLIMA_HOME'] || inHome('.colima'), 'docker.sock');
  const lima = await profiles(env['LIMA_HOME'] || inHome('.lima'), join('sock', 'docker.sock'));
  return [
    socket('Docker', '/var/run/docker.sock'),
    ...(platform === 'linux' ? [socket('rootless Docker', join(runtime, 'docker.sock'))] : []),
    socket('Docker Desktop', inHome('.docker', 'run', 'docker.sock')),
    ...(platform === 'linux' ? [socket('Docker Desktop', inHome('.docker', 'desktop', 'docker.sock'))] : []),
    ...colima.map((path) => socket('Colima', path)),
    socket('OrbStack', inHome('.orbstack', 'run', 'docker.sock')),
    socket('Rancher Desktop', inHome('.rd', 'docker.sock')),
    ...lima.map((path) => socket('Lima', path)),
  ];
};

/** `default` first, then the other profiles by name. */
const profiles = async (folder: string, socketPath: string): Promise<string[]> => {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map(({ name }) => name)
    .sort((a, b) => Number(b === 'default') - Number(a === 'default') || a.localeCompare(b))
    .map((name) => join(folder, name, socketPath));
};
