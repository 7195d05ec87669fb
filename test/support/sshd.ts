import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A real OpenSSH server with a configuration of its own, for whoever runs the tests. */
export interface Sshd {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Keys of this machine: the one that signs in, and a file that knows the host's. */
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** The folder in which its commands begin, their HOME. */
  readonly home: string;
  readonly pid: number;
  /** What it said, one line for each connection and more. */
  log(): string;
  /** `[runners.ssh]` for it. */
  settings(): Readonly<Record<string, string>>;
  /** It and everything that was started through it, as when a machine is switched off. */
  stop(): Promise<void>;
}
export interface SshdOptions {
  /** Its own, already there. */
  readonly folder: string;
  readonly address?: string;
  /** A free one when absent. */
  readonly port?: number;
  /** Lines of sshd_config that go before the others, where the first one counts. */
  readonly config?: readonly string[];
}

/** Stands in the environment of everything that is started through it. */
const markName = 'HARRIER_TEST_SSHD';

/** Starts it and waits until it listens. Host key and user key are made once in `folder`. */
export async function startSshd({ folder, address = '127.0.0.1', port, config = [] }: SshdOptions): Promise<Sshd> {
  const path = (name: string): string => join(folder, name);
  const home = path('home');
  mkdirSync(home, { recursive: true });
  // It keeps its unprivileged part here, and does not start without it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  makeKey(path('host_key'));
  makeKey(path('user_key'));
  const chosen = port ?? (await freePort(address));
  writeFileSync(
    path('known_hosts'),
    `[${address}]:${chosen} ${readFileSync(path('host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ')}\n`,
  );
  writeFileSync(
    path('sshd_config'),
    [
      ...config,
      `Port ${chosen}`,
      `ListenAddress ${address}`,
      `HostKey ${path('host_key')}`,
      `AuthorizedKeysFile ${path('user_key.pub')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxStartups 100',
      // With this a bash does not take itself for the first one and leaves the .bashrc of this person alone.
      `SetEnv SHLVL=1 ${markName}=${folder}`,
      `ForceCommand cd ${home} && export HOME=${home} && exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`,
      '',
    ].join('\n'),
  );
  // Into a file and in a session of its own, so that it outlives a tool that starts it.
  const said = openSync(path('log'), 'w');
  const child = spawn(programPath(), ['-D', '-e', '-f', path('sshd_config')], {
    detached: true,
    stdio: ['ignore', 'ignore', said],
  });
  closeSync(said);
  const log = (): string => readFileSync(path('log'), 'utf8');
  while (!log().includes('Server listening')) {
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`sshd did not start: ${log()}`);
    await wait(5);
  }
  child.unref();
  const user = userInfo().username;
  return {
    host: address,
    port: chosen,
    user,
    identityFile: path('user_key'),
    knownHostsFile: path('known_hosts'),
    home,
    pid: child.pid ?? 0,
    log,
    settings: () => ({
      host: address,
      port: String(chosen),
      user,
      identity_file: path('user_key'),
      known_hosts_file: path('known_hosts'),
    }),
    async stop() {
      const ended = exitOf(child);
      stopMachine(folder, child.pid);
      await ended;
    },
  };
}

/** Kills the server `pid` with its connections, and everything that was started through the one of this folder. */
export function stopMachine(folder: string, pid: number | undefined): void {
  const listed = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const parents = new Map(listed.map((each) => [each, parentOf(each)]));
  const doomed = new Set(pid === undefined ? [] : [pid]);
  for (let size = -1; size !== doomed.size; ) {
    size = doomed.size;
    for (const [each, parent] of parents) if (doomed.has(parent)) doomed.add(each);
  }
  const mark = `${markName}=${folder}`;
  for (const each of listed) {
    const environment = read(`/proc/${each}/environ`);
    if (environment.includes(mark) && environment.split('\0').includes(mark)) doomed.add(each);
  }
  for (const each of doomed) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

export const makeKey = (path: string, passphrase = ''): void => {
  if (existsSync(path)) return;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', path]);
};

const exitOf = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

const programPath = (): string =>
  ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/sbin/sshd'].find((path) => existsSync(path)) ?? 'sshd';

const parentOf = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

export const freePort = (address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const found = server.address();
      server.close(() => resolve(typeof found === 'object' && found !== null ? found.port : 0));
    });
  });
