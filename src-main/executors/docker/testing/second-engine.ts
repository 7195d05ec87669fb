import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.ts';

/** What a machine needs for it, for `describeWith`. */
export const secondEngineNeeds = ['docker', 'dockerd', 'busybox', 'openssl', 'ip', 'nsenter', 'linux', 'root'] as const;

/** An engine of a test's own, on its own network, where it and its rules for packets disturb no other. */
export interface SecondEngine {
  /** For `[runners.docker]`: over TCP with TLS on both sides. */
  readonly settings: { readonly host: string; readonly tls_verify: true; readonly tls_cert_path: string };
  /** For clients on this machine. */
  readonly socket: string;
  docker(...args: string[]): string;
  /** As when the machine goes down: SIGKILL. */
  kill(): Promise<void>;
  /** Answers when it answers. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** `dataMb`: so much room for images and containers, no more. Images: copied from the engine of this machine. */
export async function createSecondEngine(options: {
  readonly images: readonly string[];
  readonly dataMb?: number;
}): Promise<SecondEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const name = `h${process.pid % 100_000}${folder.slice(-2).toLowerCase()}`;
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });
  const block = 4 * (process.pid % 60);
  const [here, there] = [`203.0.113.${block + 1}`, `203.0.113.${block + 2}`];
  const socket = join(folder, 'd.sock');
  const data = join(folder, 'data');
  const disposers: (() => void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  let daemon: ChildProcess | undefined;

  const open = (): void => {
    for (const each of [data, join(folder, 'exec')]) mkdirSync(each);
    if (options.dataMb !== undefined) {
      run('mount', '-t', 'tmpfs', '-o', `size=${options.dataMb}m`, 'tmpfs', data);
    }
    makeCertificates(folder, there);
    run('ip', 'netns', 'add', name);
    disposers.push(() => run('ip', 'netns', 'del', name));
    run('ip', 'link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`);
    disposers.push(() => run('ip', 'link', 'del', `${name}a`));
    run('ip', 'link', 'set', `${name}b`, 'netns', name);
    run('ip', 'addr', 'add', `${here}/30`, 'dev', `${name}a`);
    run('ip', 'link', 'set', `${name}a`, 'up');
    const inside = (...args: string[]): string => run('ip', '-n', name, ...args);
    inside('link', 'set', 'lo', 'up');
    inside('addr', 'add', `${there}/30`, 'dev', `${name}b`);
    inside('link', 'set', `${name}b`, 'up');
  };
  const docker = (...args: string[]): string =>
    execFileSync('docker', ['-H', `unix://${socket}`, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = daemon;
    daemon = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill(signal);
    await once(ending, 'exit');
  };
  const start = async (): Promise<void> => {
    // Where nobody collects dead processes, theirs still seem to live.
    for (const each of ['d.pid', 'exec/containerd/containerd.pid']) rmSync(join(folder, each), { force: true });
    const files = { tlscacert: 'ca.pem', tlscert: 'server-cert.pem', tlskey: 'server-key.pem' };
    const tls = Object.entries(files).map(([flag, file]) => `--${flag}=${join(folder, file)}`);
    const places = ['--data-root', data, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'd.pid')];
    // Not `ip netns exec`: it hides the control groups.
    daemon = spawn(
      'nsenter',
      [
        `--net=/var/run/netns/${name}`,
        'dockerd',
        '-H',
        `unix://${socket}`,
        '-H',
        `tcp://${there}:2376`,
        '--tlsverify',
        ...tls,
        ...places,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const child = daemon;
    await new Promise<void>((done, fail) => {
      let said = '';
      child.stderr?.on('data', (chunk) => {
        said = (said + chunk).slice(-4000);
        // Both addresses are listened to by then.
        if (/API listen on (?!.*\.sock)/.test(said) && said.includes(`API listen on ${socket}`)) done();
      });
      child.once('exit', () => fail(new Error(`the engine did not start: ${said}`)));
    });
  };
  const close = async (): Promise<void> => {
    await end('SIGTERM');
    try {
      // After a SIGKILL its containerd lives on.
      process.kill(Number(readFileSync(join(folder, 'exec/containerd/containerd.pid'), 'utf8')), 'SIGTERM');
    } catch {
      // It ended with the engine.
    }
    // An engine that was killed leaves its data folder mounted on itself.
    while (readFileSync('/proc/mounts', 'utf8').includes(` ${data} `)) run('umount', '-l', data);
    for (const dispose of disposers.reverse()) dispose();
  };

  try {
    open();
    await start();
    for (const image of options.images)
      execFileSync('sh', ['-c', `docker save "$1" | docker -H "$2" load`, 'sh', image, `unix://${socket}`], {
        stdio: 'pipe',
      });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    settings: { host: `tcp://${there}:2376`, tls_verify: true, tls_cert_path: folder },
    socket,
    docker,
    kill: () => end('SIGKILL'),
    start,
    close,
  };
}
