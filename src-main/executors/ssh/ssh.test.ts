import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import ssh2 from 'ssh2';
import { extract, pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { makeKey, type Sshd, startSshd } from '../../../test/support/sshd.ts';
import { silentLogger } from '../../base/logger.ts';
import { runIn, type TestJob, testRequest } from '../docker/testing/job.ts';
import { hurriedClock } from '../remote/testing/hurried-clock.ts';
import type { Environment, ExecutorHandle } from '../types.ts';
import { createSshExecutor } from './index.ts';

type Settings = Readonly<Record<string, unknown>>;

let root: string;
let sshd: Sshd;
const open: Environment[] = [];
const executor = createSshExecutor({ clock: hurriedClock, env: {} });
const inRoot = (name: string): string => join(root, name);

const requestFor = (settings: Settings, { harrier, ...job }: TestJob & { harrier?: Settings }) => {
  const recorded = testRequest(job);
  const handles: ExecutorHandle[] = [];
  const runner = { token: 'glrt-test', ssh: { ...sshd.settings(), ...settings }, ...(harrier ? { harrier } : {}) };
  const onHandle = async (handle: ExecutorHandle): Promise<void> => void handles.push(handle);
  return { ...recorded, handles, request: { ...recorded.request, clock: hurriedClock, runner, onHandle } };
};
const prepare = async (settings: Settings = {}, job: TestJob & { harrier?: Settings } = {}) => {
  const recorded = requestFor(settings, job);
  const environment = await executor.prepare(recorded.request);
  open.push(environment);
  return { ...recorded, environment };
};
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      } catch {
        return '';
      }
    });
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await hurriedClock.sleep(2000);
};
/** A number of seconds that no other process sleeps. */
const aSleep = (): string => `sleep ${900_000_000 + (randomBytes(4).readUInt32BE() % 90_000_000)}`;

describeWith(['sshd', 'ssh-keygen', 'linux', 'bash'], 'jobs on a machine reached by SSH', () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'ssh-'));
    mkdirSync(inRoot('host'));
    sshd = await startSshd({ folder: inRoot('host') });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((environment) => environment.close()));
    await executor.settled?.();
    await until(() => !commandLines().some((line) => line.includes('export HARRIER_JOB=harrier-')));
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('runs scripts: exit codes, both streams, no stdin, the home folder, a login shell', async () => {
    writeFileSync(join(sshd.home, '.bash_profile'), 'export FROM_PROFILE=yes\n');
    const { environment, lines } = await prepare();
    const first = await runIn(environment, 'build', 'echo out; echo err >&2; cat; pwd; echo $FROM_PROFILE; exit 7');
    expect(first).toEqual({ exit: { code: 7 }, stdout: `out\n${sshd.home}\nyes\n`, stderr: 'err\n' });
    expect((await runIn(environment, 'helper', 'true')).exit).toEqual({ code: 0 });
    expect(lines).toEqual(['Using SSH executor...']);
  });

  it('loses no byte of a long output on either stream', async () => {
    const { environment } = await prepare();
    const { stdout, stderr } = await runIn(environment, 'build', 'seq 1 200000; seq 1 100000 >&2');
    expect([stdout.length, stderr.length]).toEqual([1_288_895, 588_895]);
  });

  it('ends a script on abort, forces one that ignores it, and goes on with the next', async () => {
    const { environment } = await prepare();
    for (const ignores of [false, true]) {
      const sleep = aSleep();
      const stop = new AbortController();
      const running = runIn(environment, 'build', `${ignores ? "trap '' TERM; " : ''}${sleep}; echo on`, stop.signal);
      await until(() => commandLines().includes(sleep));
      stop.abort(new Error('canceled'));
      const { exit, stdout } = await running;
      expect({ exit, stdout }).toEqual({ exit: ignores ? { code: null, signal: 'SIGKILL' } : { code: 1 }, stdout: '' });
      expect(commandLines()).not.toContain(sleep);
      expect((await runIn(environment, 'build', 'echo after')).stdout).toBe('after\n');
    }
  });

  it('what a job leaves behind ends with it, wherever it went; keep_daemons leaves it', async () => {
    for (const keepDaemons of [false, true]) {
      const [near, far] = [aSleep(), aSleep()];
      const { environment } = await prepare({}, { harrier: { keep_daemons: keepDaemons } });
      await runIn(environment, 'build', `(${near} &) ; setsid ${far} >/dev/null 2>&1 </dev/null &`);
      await until(() => commandLines().includes(far));
      await environment.close();
      await environment.removed?.();
      expect(commandLines().includes(far)).toBe(keepDaemons);
      expect(commandLines().includes(near)).toBe(keepDaemons);
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
        if (keepDaemons && isOne(pid, [near, far])) process.kill(Number(pid), 'SIGKILL');
    }
  });

  it('no command line on the other side holds what a script says', async () => {
    const { environment } = await prepare();
    const sleep = aSleep();
    const stop = new AbortController();
    const running = runIn(environment, 'build', `: not-for-others; ${sleep}`, stop.signal);
    await until(() => commandLines().includes(sleep));
    expect(commandLines().filter((line) => line.includes('not-for-others'))).toEqual([]);
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('.harrier'))).toEqual([]);
    stop.abort();
    await running;
  });

  it('ends with the connection, and what was left by a dead Harrier is ended by the next one', async () => {
    const { environment, handles, request } = await prepare();
    const [near, far] = [aSleep(), aSleep()];
    const running = runIn(environment, 'build', `setsid ${far} >/dev/null 2>&1 </dev/null & ${near}`);
    await until(() => commandLines().includes(near) && commandLines().includes(far));
    for (const pid of connectionsOf(sshd.pid)) process.kill(pid, 'SIGKILL');
    await expect(running).rejects.toThrow(
      /^wait: remote command exited without exit status or exit signal: the connection ended while the script ran on 127\.0\.0\.1:/,
    );
    await until(() => !commandLines().includes(near));
    expect(handles).toMatchObject([{ kind: 'remoteProcess', details: { host: sshd.host, user: sshd.user } }]);
    await executor.recover?.(handles, request.runner, silentLogger);
    await until(() => !commandLines().includes(far));
    // The connection is made anew for what comes after.
    expect((await runIn(environment, 'build', 'echo again')).stdout).toBe('again\n');
  });

  it('carries files in and out: list, tar, single files, whatever their names', async () => {
    const { environment } = await prepare();
    const { files } = environment;
    const project = 'builds/group/project';
    const odd = 'mkdir -p P/d; cd P; echo 1 > "a b"; ln -s "a b" l; echo 2 > "$(printf \'x\\ny\')"';
    await runIn(environment, 'helper', odd.replace('P', project).replace('P', project));
    const listed: string[] = [];
    for await (const { path, kind } of files.list(project)) listed.push(`${kind} ${JSON.stringify(path)}`);
    expect(listed.sort()).toEqual(['directory "d"', 'file "a b"', 'file "x\\ny"', 'symlink "l"']);

    const names: string[] = [];
    const unpack = extract().on('entry', (header, entry, next) => {
      names.push(`${header.type} ${header.name.replace(/\/$/, '')}`);
      entry.on('end', next).resume();
    });
    await pipeline(await files.readTar(project, ['a b', 'd', 'l', 'x\ny']), unpack);
    expect(names.sort()).toEqual(['directory d', 'file a b', 'file x\ny', 'symlink l']);

    const given = pack();
    given.entry({ name: 'new', mode: 0o751 }, 'from a tar');
    given.finalize();
    await files.writeTar(project, Readable.from(given));
    const look = await runIn(environment, 'build', `cat ${project}/new; stat -c %a ${project}/new`);
    expect(look.stdout).toBe('from a tar751\n');

    const bytes = randomBytes(3_000_000);
    await files.writeFile('cache/deep/er/file', Readable.from([bytes]), { mode: 0o640 });
    const found = await files.stat('cache/deep/er/file');
    expect(found).toMatchObject({ path: 'cache/deep/er/file', kind: 'file', sizeBytes: bytes.length, mode: 0o640 });
    const back: Buffer[] = [];
    for await (const piece of (await files.readFile('cache/deep/er/file')) ?? []) back.push(piece);
    expect(Buffer.concat(back).equals(bytes)).toBe(true);
    await files.remove('cache/deep');
    expect(await files.stat('cache/deep')).toBeUndefined();
    expect(await files.readFile('cache/none')).toBeUndefined();

    const broken = new Readable({
      read() {
        this.push('half');
        this.destroy(new Error('broke off'));
      },
    });
    await expect(files.writeFile('cache/f', broken)).rejects.toThrow('broke off');
    expect((await runIn(environment, 'helper', 'ls -A cache')).stdout).toBe('');
  });

  it('hears how the shortest commands end', async () => {
    const { environment } = await prepare();
    for (let round = 0; round < 20; round += 1) {
      const asked = Array.from({ length: 4 }, () => environment.files.stat('nothing'));
      expect(await Promise.all(asked)).toEqual(asked.map(() => undefined));
    }
  });

  it('opens a terminal in the project', async () => {
    const { environment, request } = await prepare();
    mkdirSync(join(sshd.home, 'there'));
    const place = { ...request, directories: { ...request.directories, project: join(sshd.home, 'there') } };
    const there = await executor.prepare(place);
    open.push(there);
    const terminal = await there.terminal?.({ columns: 91, rows: 20 });
    let seen = '';
    const ended = new Promise<void>((resolve) => terminal?.onExit(resolve));
    terminal?.onData((chunk) => {
      seen += Buffer.from(chunk).toString();
    });
    terminal?.write('stty size; pwd; exit\n');
    await ended;
    expect(seen).toContain('20 91');
    expect(seen).toContain(`${sshd.home}/there\r\n`);
    expect((await runIn(environment, 'build', 'true')).exit.code).toBe(0);
  });

  it('signs in with a password, also where it is asked for as a question', async () => {
    for (const method of ['password', 'keyboard-interactive'] as const) {
      const asked: string[] = [];
      const server = await passwordServer(inRoot('host/host_key'), method, asked);
      const settings = {
        ...{ port: String(server.port), user: 'jo', password: 'pass-word', identity_file: '' },
        disable_strict_host_key_checking: true,
      };
      const { lines } = await prepare(settings).finally(() => server.close());
      expect(asked).toEqual([`${method} jo pass-word`]);
      expect(lines.join()).toMatch(/WARNING: The host key of 127\.0\.0\.1:\d+ \(SHA256:\S+\) is not checked/);
      for (const environment of open.splice(0)) await environment.close();
    }
  });

  it.each([
    {
      why: 'another host key than the known one',
      settings: () => {
        makeKey(inRoot('other'));
        writeFileSync(inRoot('changed'), `[127.0.0.1]:${sshd.port} ${readFileSync(inRoot('other.pub'), 'utf8')}`);
        return { known_hosts_file: inRoot('changed') };
      },
      reason: 'runner_system_failure',
      message:
        /handshake failed: knownhosts: key mismatch \(the host shows SHA256:\S+, \S+\/changed line 1 has another/,
    },
    {
      why: 'a host that is not known',
      settings: () => {
        writeFileSync(inRoot('empty'), '# nobody\n');
        return { known_hosts_file: inRoot('empty') };
      },
      reason: 'runner_system_failure',
      message: /handshake failed: knownhosts: key is unknown \(SHA256:\S+ is not in \S+\/empty for \[127\.0\.0\.1\]:/,
    },
    {
      why: 'no file of known hosts',
      settings: () => ({ known_hosts_file: inRoot('none') }),
      reason: 'runner_system_failure',
      message: /known_hosts_file cannot be read: ENOENT/,
    },
    {
      why: 'a login that is refused',
      settings: () => {
        makeKey(inRoot('stranger'));
        return { identity_file: inRoot('stranger') };
      },
      reason: 'runner_system_failure',
      message: /login as \S+ refused: All configured authentication methods failed \(tried publickey\)/,
    },
    {
      why: 'nothing to sign in with',
      settings: () => ({ identity_file: '' }),
      reason: 'runner_system_failure',
      message: /refused: .* \(there is no password, identity_file or agent\)/,
    },
    {
      why: 'a key with a passphrase',
      settings: () => {
        makeKey(inRoot('locked'), 'a passphrase');
        return { identity_file: inRoot('locked') };
      },
      reason: 'runner_system_failure',
      message: /identity_file \S+\/locked has a passphrase, .*ssh-add/,
    },
    {
      why: 'a port that is none',
      settings: () => ({ port: 'ssh' }),
      reason: 'runner_configuration_error',
      message: /ssh\.port = "ssh" is no port/,
    },
  ])('$why fails the job with its reason and leaves nothing', async ({ settings, reason, message }) => {
    const failing = prepare(settings());
    await expect(failing).rejects.toMatchObject({ reason });
    await expect(failing).rejects.toThrow(message);
    expect(open).toEqual([]);
  });

  it('a host that does not answer is tried three times', async () => {
    let dialed = 0;
    const server = createServer((socket) => {
      dialed += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    await expect(prepare({ port })).rejects.toThrow(`ssh 127.0.0.1:${port}: `);
    expect(dialed).toBe(3);
    await new Promise((resolve) => server.close(resolve));
    await expect(prepare({ port })).rejects.toThrow(`ssh 127.0.0.1:${port}: connect ECONNREFUSED`);
  });

  it('without [runners.ssh] the job fails as one with a wrong configuration', async () => {
    const { request } = requestFor({}, {});
    await expect(executor.prepare({ ...request, runner: { token: 'glrt-test' } })).rejects.toMatchObject({
      reason: 'runner_configuration_error',
      message: 'missing SSH configuration',
    });
  });
});

const isOne = (pid: string, lines: readonly string[]): boolean => {
  try {
    return lines.includes(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
  } catch {
    return false;
  }
};

/** The server's processes for its connections. */
const connectionsOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

/** A server that lets in whoever says the password; commands fail there. */
const passwordServer = async (
  hostKey: string,
  method: 'password' | 'keyboard-interactive',
  asked: string[],
): Promise<{ readonly port: number; close(): void }> => {
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      if (context.method !== method) return context.reject([method]);
      if (context.method === 'password') {
        asked.push(`password ${context.username} ${context.password}`);
        return context.accept();
      }
      if (context.method !== 'keyboard-interactive') return;
      context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
        asked.push(`keyboard-interactive ${context.username} ${answers.join()}`);
        context.accept();
      });
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return { port, close: () => void server.close() };
};
