import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePayload } from '../../../src-shared/payload.ts';
import { describeWith, itWith } from '../../../test/support/require.ts';
import type { BuildLog } from '../../base/build-log.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { startTimeOf } from '../../base/process.ts';
import { findShell } from '../../shells/index.ts';
import type { Environment, Executor, ExecutorHandle, PrepareRequest } from '../types.ts';
import { createShellExecutor } from './index.ts';
import { processesWith } from './process-group.ts';

let folder: string;
let open: Environment[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shell-'));
});
afterEach(async () => {
  for (const environment of open) await environment.close();
  open = [];
  await rm(folder, { recursive: true, force: true });
});

const prepare = async (
  options: {
    env?: Record<string, string>;
    harrier?: Record<string, unknown>;
    shell?: string;
    profile?: string;
  } & Partial<Pick<PrepareRequest, 'directories' | 'variables'>> = {},
) => {
  const handles: ExecutorHandle[] = [];
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const log: BuildLog = { plain: say, info: say, warning: say, error: say, raw: say };
  if (options.profile !== undefined) await writeFile(join(folder, '.bash_profile'), options.profile);
  const parsed = parsePayload({ id: 7, token: 't' });
  if (!parsed.ok) throw new Error('payload');
  const request: PrepareRequest = {
    job: parsed.payload,
    runner: { executor: 'shell', ...(options.harrier ? { harrier: options.harrier } : {}) },
    variables: options.variables ?? [],
    directories: options.directories ?? { builds: folder, cache: folder, project: folder, temporary: folder },
    shell: findShell(options.shell ?? 'bash', process.platform),
    log,
    appLog: silentLogger,
    clock: systemClock,
    signal: new AbortController().signal,
    slot: { runnerId: 0, projectRunnerId: 0 },
    systemId: 's',
    shortToken: 't',
    jobFolder: await mkdtemp(join(folder, 'job-')),
    onHandle: async (handle) => void handles.push(handle),
  };
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...options.env };
  const executor: Executor = createShellExecutor({ clock: systemClock, env });
  const environment = await executor.prepare(request);
  open.push(environment);
  const run = async (script: string, signal = new AbortController().signal, onText = (_text: string) => {}) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const exit = await environment.run(script, {
      stage: 'step_script',
      where: 'build',
      signal,
      onOutput: (stream, chunk) => {
        (stream === 'stdout' ? out : err).push(Buffer.from(chunk));
        onText(Buffer.from(chunk).toString());
        return undefined;
      },
    });
    return { exit, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
  };
  return { environment, executor, run, handles, said, jobFolder: request.jobFolder };
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describeWith(['bash', 'posix'], 'the shell executor', () => {
  it.each([
    { why: 'exit 0', script: 'true', exit: { code: 0 } },
    { why: 'an exit code', script: 'exit 42', exit: { code: 42 } },
    { why: 'a death by signal', script: 'kill -9 $$', exit: { code: null, signal: 'SIGKILL' } },
  ])('tells $why', async ({ script, exit }) => {
    expect((await (await prepare()).run(script)).exit).toEqual(exit);
  });

  it('gives a job empty stdin, pipes that are no terminal, and device files that can be opened', async () => {
    const { run } = await prepare();
    const { out, err } = await run(
      '(cat; [ -t 1 ] || echo no terminal; echo via stdout > /dev/stdout; echo via stderr > /dev/stderr; echo $0) </dev/null',
    );
    expect(out).toBe('no terminal\nvia stdout\nbash\n');
    expect(err).toBe('via stderr\n');
  });

  it('loses no byte of a large output', async () => {
    const { run } = await prepare();
    const { out } = await run('head -c 5000000 /dev/zero | tr "\\0" x; echo end');
    expect(out.length).toBe(5_000_004);
    expect(out.endsWith('xend\n')).toBe(true);
  });

  it('does not wait for a process in the background, and ends it with the job', async () => {
    const { run, environment } = await prepare();
    const { out } = await run('sleep 600 & echo $!; echo done');
    const pid = Number(out.split('\n')[0]);
    expect(out).toContain('done');
    expect(isAlive(pid)).toBe(true);
    expect((await run('echo again')).out).toBe('again\n');
    await environment.close();
    await environment.close();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  /** A traced script is at work before its group takes it in, so its mark has to find what it left behind. */
  const flags = { file: false, internal: false, public: true, masked: false, raw: false };
  const traced = [{ key: 'CI_DEBUG_TRACE', value: 'true', ...flags }];
  const ways = [
    { how: 'its group', keep: false, variables: [] },
    { how: 'their mark', keep: false, variables: traced },
    { how: 'neither, where the runner keeps them', keep: true, variables: [] },
  ];
  for (const { how, keep, variables } of ways)
    it(`ends daemons too: ${how}`, async () => {
      const { run, environment, handles } = await prepare({ harrier: { keep_daemons: keep }, variables });
      await run('setsid sleep 600 >/dev/null 2>&1 & disown; sleep 0.05');
      const marker = handles[0]?.details?.['marker'] ?? '';
      const before = processesWith(marker).length;
      await environment.close();
      if (process.platform === 'linux') {
        expect(before).toBeGreaterThan(0);
        // A process that was killed needs a moment to be gone.
        await expect.poll(() => processesWith(marker).some(isAlive)).toBe(keep);
      }
      for (const pid of processesWith(marker)) process.kill(pid, 'SIGKILL');
    });

  for (const end of ['with the job', 'at the start after a crash'])
    itWith('cgroup2', `a daemon without environment ends ${end}`, async () => {
      const { run, environment, handles } = await prepare();
      const { out } = await run('env -i setsid sh -c "sleep 600 >/dev/null 2>&1 & echo \\$!" & wait');
      const pid = Number(out);
      expect(isAlive(pid)).toBe(true);
      const executor = createShellExecutor({ clock: systemClock, env: {} });
      if (end !== 'with the job') await executor.recover?.(handles, {}, silentLogger);
      await environment.close();
      await expect.poll(() => isAlive(pid)).toBe(false);
      await expect.poll(() => existsSync(handles[0]?.details?.['cgroup'] ?? '')).toBe(false);
    });

  it('ends politely on abort: traps run, the exit is told', async () => {
    const { run } = await prepare();
    const abort = new AbortController();
    const { exit, out } = await run(
      'trap "echo bye; exit 5" TERM; echo ready; sleep 60 & wait',
      abort.signal,
      (text) => {
        if (text.includes('ready')) abort.abort();
      },
    );
    expect(exit).toEqual({ code: 5 });
    expect(out).toContain('bye');
  });

  it('keeps its own environment to itself, unless told otherwise', async () => {
    const env = { AWS_SECRET_ACCESS_KEY: 'hidden', LANG: 'C.UTF-8', LC_TIME: 'C' };
    const closed = await prepare({ env });
    expect((await closed.run('echo "$AWS_SECRET_ACCESS_KEY,$LANG,$LC_TIME"')).out).toBe(',C.UTF-8,C\n');
    const inherited = await prepare({ env, harrier: { inherit_env: true } });
    expect((await inherited.run('echo "$AWS_SECRET_ACCESS_KEY"')).out).toBe('hidden\n');
  });

  it('reads the login profile once, for all stages', async () => {
    const { run } = await prepare({
      profile: 'echo x >> "$HOME/count"; export A="1\n2"; PATH=/profile:$PATH; umask 027; echo hello',
    });
    expect((await run('echo "$A"; echo "${PATH%%:*}"; umask')).out).toBe('hello\n1\n2\n/profile\n0027\n');
    // What it prints stands in every stage, as where every stage reads it.
    expect((await run('echo second')).out).toBe('hello\nsecond\n');
    expect(await readFile(join(folder, 'count'), 'utf8')).toBe('x\n');
  });

  it('gives scripts the functions, aliases and options of the profile, and keeps theirs apart', async () => {
    const { run } = await prepare({
      profile: 'shopt -s expand_aliases; alias hi="echo alias"; nvm() { echo "function $1"; }; set -e',
    });
    expect((await run('hi; nvm use; own() { :; }; export STAGE=1; cd /')).out).toBe('alias\nfunction use\n');
    const { out } = await run('type -t own || echo gone; echo "[$STAGE]"; [ "$PWD" = / ] || echo elsewhere');
    expect(out).toBe('gone\n[]\nelsewhere\n');
  });

  it.each([
    { why: 'kills its own shell', script: 'kill -9 $$; sleep 600', exit: { code: null, signal: 'SIGKILL' } },
    { why: 'kills its process group', script: 'kill -9 0; sleep 600', exit: { code: null, signal: 'SIGKILL' } },
    { why: 'ends its group politely', script: "trap 'exit 1' TERM; kill 0; sleep 600", exit: { code: 1 } },
  ])('a script that $why leaves a shell for the next one', async ({ script, exit }) => {
    const { run } = await prepare();
    expect((await run(script)).exit).toEqual(exit);
    expect((await run('echo next')).out).toBe('next\n');
  });

  it('runs the next script after one that was stopped, without reading the profile again', async () => {
    const { run } = await prepare({ profile: 'echo x >> "$HOME/count"' });
    const abort = new AbortController();
    const stopped = await run("trap 'exit 1' TERM; echo ready; sleep 600", abort.signal, () => abort.abort());
    expect(stopped.exit).toEqual({ code: 1 });
    expect((await run('echo after')).out).toBe('after\n');
    expect(await readFile(join(folder, 'count'), 'utf8')).toBe('x\n');
  });

  it('a profile that never ends is stopped with the job', async () => {
    const { run } = await prepare({ profile: 'sleep 600' });
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    expect((await run('echo never', abort.signal)).exit).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it.each(['bash', 'sh'])('%s takes a script of a megabyte with every kind of character', async (shell) => {
    const { run } = await prepare({ shell });
    const text = `é漢🚀 "double" $(echo no) \\ \`tick\` ${'x'.repeat(100)}`;
    const lines = Math.ceil(1_000_000 / text.length);
    const { out } = await run(`cat <<'END'\n${`${text}\n`.repeat(lines)}END\n`);
    expect(out).toBe(`${text}\n`.repeat(lines));
  });

  it('names the shell in messages, never a file of ours', async () => {
    const { run } = await prepare();
    const { exit, err } = await run('no-such-command-xyz');
    expect(exit).toEqual({ code: 127 });
    expect(err).toMatch(/^bash: line \d+: no-such-command-xyz: command not found\n$/);
  });

  it('leaves no file of its own behind', async () => {
    const { run, environment, jobFolder, handles } = await prepare();
    await run('true');
    const runtime = handles[0]?.details?.['folder'] ?? '';
    expect((await stat(runtime)).mode & 0o777).toBe(0o700);
    await environment.close();
    await expect(stat(runtime)).rejects.toThrow('ENOENT');
    expect(await readdir(jobFolder)).toEqual([]);
  });

  it('removes what a dead Harrier left, and no other folder', async () => {
    const { run, handles } = await prepare();
    await run('true');
    const [handle] = handles;
    if (handle === undefined) throw new Error('no handle');
    const executor = createShellExecutor({ clock: systemClock, env: {} });
    await executor.recover?.([{ ...handle, details: { folder } }], {}, silentLogger);
    expect(await readdir(folder)).not.toEqual([]);
    await executor.recover?.([handle], {}, silentLogger);
    if (process.platform === 'linux') await expect(stat(handle.details?.['folder'] ?? '')).rejects.toThrow('ENOENT');
  });

  it('keeps what runs in the background of a job where the runner says so', async () => {
    const { run, environment } = await prepare({ harrier: { keep_daemons: true } });
    const pid = Number((await run('sleep 600 >/dev/null 2>&1 & echo $!')).out);
    await environment.close();
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('a profile that ends the shell fails the first stage with its code', async () => {
    const { run } = await prepare({ profile: 'echo broken profile; exit 3' });
    expect(await run('echo never')).toEqual({ exit: { code: 3 }, out: 'broken profile\n', err: '' });
  });

  it('a shell that is not there is told', async () => {
    const { run } = await prepare({ env: { PATH: '/nowhere' } });
    await expect(run('true')).rejects.toThrow(/failed to start process: .*bash/);
  });

  it('recovers only what is certainly its own', async () => {
    const { run, handles } = await prepare({ harrier: { keep_daemons: true } });
    const abort = new AbortController();
    const running = run('echo ready; exec sleep 600', abort.signal, () => recover());
    const executor = createShellExecutor({ clock: systemClock, env: {} });
    const recover = (): void => {
      const handle = handles.at(-1);
      if (handle === undefined) throw new Error('no handle');
      void executor
        .recover?.([{ ...handle, proof: '1', details: {} }], {}, silentLogger)
        .then(() => expect(startTimeOf(Number(handle.id))).toBe(handle.proof))
        .then(() => executor.recover?.([handle], {}, silentLogger));
    };
    expect((await running).exit).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describeWith(['bash', 'posix'], 'jobs in a terminal', () => {
  const pty = { harrier: { pty: true } };

  it('see a terminal and empty stdin; line ends are those of the log', async () => {
    const { run } = await prepare(pty);
    const { out, exit } = await run('[ -t 1 ] && echo terminal; printf "1%%\\r2%%\\n"; exit 4');
    expect(out).toBe('terminal\n1%\r2%\n');
    expect(exit).toEqual({ code: 4 });
  });

  it('200 children at once that print 100 kB each lose no byte', async () => {
    const { run } = await prepare(pty);
    const { out } = await run('for i in $(seq 200); do head -c 100000 /dev/zero | tr "\\0" x & done; wait');
    expect(out.length).toBe(200 * 100_000);
  }, 60_000);

  it('200 jobs at once that print 100 kB each lose no byte', async () => {
    const jobs = await Promise.all(Array.from({ length: 200 }, () => prepare(pty)));
    const results = await Promise.all(jobs.map((job) => job.run('head -c 100000 /dev/zero | tr "\\0" x')));
    expect(results.map(({ out }) => out.length).filter((length) => length !== 100_000)).toEqual([]);
  }, 60_000);
});

describeWith(['bash', 'linux'], 'what is kept of a failed job', () => {
  const variables = [
    { key: 'A', value: 'x', file: false, public: true, masked: false, raw: true, internal: false },
  ] satisfies PrepareRequest['variables'];
  const keep = async () => {
    const project = join(folder, 'builds', 'p');
    await mkdir(project, { recursive: true });
    await mkdir(`${project}.tmp`);
    await writeFile(`${project}.tmp/KEY`, 'secret', { mode: 0o600 });
    const directories = { builds: join(folder, 'builds'), cache: folder, project, temporary: `${project}.tmp` };
    const made = await prepare({ directories, variables });
    await made.run('sleep 600 & exit 1');
    await made.environment.close({ keepUntilMs: Date.now() + 60_000 });
    return { ...made, project };
  };
  const identity = { runner: {}, systemId: 's', shortToken: 't' };

  it('its processes end, its files stay, a terminal opens, removal takes all of it', async () => {
    const { handles, executor, project } = await keep();
    const marker = handles[0]?.details?.['marker'] ?? '';
    await expect.poll(() => processesWith(marker).some(isAlive)).toBe(false);
    const [kept] = (await executor.kept?.(identity)) ?? [];
    expect(kept).toMatchObject({ jobId: 7, place: project, folder: project, endsWithProcess: true });
    expect(await executor.kept?.({ ...identity, shortToken: 'other' })).toEqual([]);
    const terminal = await kept?.terminal({ columns: 80, rows: 24 });
    let text = '';
    terminal?.onData((chunk) => (text += Buffer.from(chunk).toString()));
    const ended = new Promise<void>((resolve) => terminal?.onExit(resolve));
    // Immune to the hang-up, and out of its session: it is found by its mark.
    terminal?.write('echo "<$A $PWD>"; (trap "" HUP; setsid sleep 600 & echo started $!)\r');
    await expect.poll(() => text).toMatch(/started \d+/);
    expect(text).toContain(`<x ${project}>`);
    const daemon = Number(/started (\d+)/.exec(text)?.[1]);
    await kept?.remove();
    await ended;
    await expect.poll(() => isAlive(daemon)).toBe(false);
    expect(await executor.kept?.(identity)).toEqual([]);
    expect(await readdir(join(folder, 'builds'))).toEqual([]);
    await expect(kept?.terminal({ columns: 80, rows: 24 })).rejects.toMatchObject({ code: 'TERMINAL_UNAVAILABLE' });
  });

  it('a start after a crash removes the file variables, the build folder is one as any other again', async () => {
    const { handles, executor, project } = await keep();
    const [kept] = (await executor.kept?.(identity)) ?? [];
    const handle = handles.find(({ kind }) => kind === 'directory') as ExecutorHandle;
    const other = createShellExecutor({ clock: systemClock, env: {} });
    await other.recover?.([{ ...handle, proof: '1:2:3' }], {}, silentLogger);
    expect(await readdir(join(folder, 'builds'))).toEqual(['p', 'p.tmp']);
    await other.recover?.(handles, {}, silentLogger);
    expect(await readdir(join(folder, 'builds'))).toEqual(['p']);
    await kept?.remove();
    expect(await readdir(project).catch(() => 'gone')).toBe('gone');
  });
});

describe('the list of what is inherited', () => {
  it('nothing of Electron or of Node’s own settings, even where all is asked for (S17)', async () => {
    const { inheritedEnv } = await import('./inherited.ts');
    const electrons = {
      ELECTRON_RUN_AS_NODE: '1',
      ELECTRON_OVERRIDE_DIST_PATH: '/x',
      CHROME_DESKTOP: 'harrier.desktop',
    };
    expect(inheritedEnv({ ...electrons, NODE_OPTIONS: '--x', NODE_ENV: 'x', CHROME_BIN: '/c', A: '1' }, false)).toEqual(
      {},
    );
    expect(inheritedEnv({ ...electrons, A: '1' }, true)).toEqual({ A: '1' });
  });

  it('has nothing in it that is a secret by its name', async () => {
    const { inheritedEnv } = await import('./inherited.ts');
    const risky = ['GITHUB_TOKEN', 'AWS_SESSION_TOKEN', 'CI_JOB_TOKEN', 'NPM_TOKEN', 'PGPASSWORD', 'KUBECONFIG'];
    expect(inheritedEnv(Object.fromEntries(risky.map((name) => [name, 'x'])), false)).toEqual({});
  });
});
