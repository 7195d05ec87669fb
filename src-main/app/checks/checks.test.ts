import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith, itWith } from '../../../test/support/require.ts';
import { startSshd } from '../../../test/support/sshd.ts';
import { checkExecutor } from './index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harrier-checks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, text = '#!/bin/sh\n'): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
};
const statesOf = async (
  executor: string,
  settings: object,
  env: Record<string, string | undefined> = { PATH: folder },
) => (await checkExecutor(executor, settings as Record<string, unknown>, env)).map(({ id, state }) => `${id} ${state}`);

describeWith('posix', 'programs on PATH', () => {
  it('shell: one that is here, one that is not, git missing', async () => {
    program('bash');
    expect(await statesOf('shell', {})).toEqual(['shell ok', 'git warning']);
    program('git', '#!/bin/sh\necho git version 9\n');
    expect(await statesOf('shell', {})).toEqual(['shell ok', 'git ok']);
    const [missing] = await checkExecutor('shell', { shell: 'pwsh' }, { PATH: folder });
    expect(missing).toMatchObject({ state: 'failed', hint: 'Choose one that is here: bash.' });
    expect(await statesOf('shell', {}, { PATH: '/nowhere' })).toEqual(['shell failed', 'git warning']);
  });

  it('virtualbox and parallels: the tool, and the machine among those that it lists', async () => {
    expect(await statesOf('virtualbox', {})).toEqual(['tool failed']);
    program('VBoxManage', '#!/bin/sh\n[ "$1" = list ] && echo \'"debian 12" {0000-1}\' || echo 7.1.0\n');
    expect(await statesOf('virtualbox', {})).toEqual(['tool ok']);
    expect(await statesOf('virtualbox', { virtualbox: { base_name: 'debian 12' } })).toEqual(['tool ok', 'machine ok']);
    const [, machine] = await checkExecutor('virtualbox', { virtualbox: { base_name: 'x' } }, { PATH: folder });
    expect(machine).toMatchObject({ state: 'failed', hint: expect.stringContaining('"debian 12"') });
    expect(await statesOf('parallels', {})).toEqual(['tool failed']);
    program('prlctl', '#!/bin/sh\necho sonoma\n');
    expect(await statesOf('parallels', { parallels: { base_name: 'sonoma' } })).toEqual(['tool ok', 'machine ok']);
  });

  it('docker+machine: the tool', async () => {
    expect(await statesOf('docker+machine', {})).toEqual(['tool failed']);
    program('docker-machine');
    expect(await statesOf('docker+machine', {})).toEqual(['tool ok']);
  });

  it('custom: each program that is named must be one that can be run', async () => {
    const good = program('run.sh');
    writeFileSync(join(folder, 'plain.txt'), '');
    const settings = { custom: { run_exec: good, prepare_exec: join(folder, 'plain.txt'), cleanup_exec: 'run.sh' } };
    expect(await statesOf('custom', settings)).toEqual(['prepare_exec failed', 'run_exec ok', 'cleanup_exec ok']);
    expect(await statesOf('custom', {})).toEqual([]);
  });
});

describe('ssh', () => {
  it('a server that greets as SSH does, one that does not, and none', async () => {
    const listen = async (greeting: string) => {
      const server = createServer((socket) => socket.on('error', () => {}).end(greeting));
      await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as { port: number };
      return { settings: { ssh: { host: '127.0.0.1', port: String(port) } }, close: () => server.close() };
    };
    const good = await listen('SSH-2.0-OpenSSH_10.0\r\n');
    expect(await statesOf('ssh', good.settings)).toEqual(['host ok', 'login failed']);
    good.close();
    expect(await statesOf('ssh', good.settings)).toEqual(['host failed']);
    const other = await listen('HTTP/1.1 400 Bad Request\r\n');
    expect((await checkExecutor('ssh', other.settings, {}))[0]?.text).toContain('not as an SSH server');
    other.close();
    expect(await statesOf('ssh', {})).toEqual([]);
  });

  itWith(['sshd', 'ssh-keygen', 'linux'], 'a sign-in as a job makes it, and what is missing on the host', async () => {
    const sshd = await startSshd({ folder });
    const ssh = sshd.settings();
    expect(await statesOf('ssh', { ssh })).toEqual(['host ok', 'login ok', 'programs ok']);
    const [, , programs] = await checkExecutor('ssh', { ssh, shell: 'pwsh-of-the-future' }, {});
    expect(programs).toMatchObject({ state: 'warning', text: 'pwsh-of-the-future not found there' });
    writeFileSync(join(folder, 'empty'), '');
    const wrong = [
      { known_hosts_file: join(folder, 'empty') },
      { known_hosts_file: join(folder, 'none') },
      { identity_file: join(folder, 'host_key') },
    ];
    const hints = [];
    for (const settings of wrong)
      hints.push((await checkExecutor('ssh', { ssh: { ...ssh, ...settings } }, {})).at(-1)?.hint);
    expect(hints).toEqual([
      expect.stringContaining('ssh-keyscan'),
      'Correct the file that is named.',
      expect.stringContaining('authorized_keys'),
    ]);
    await sshd.stop();
  });
});

describe('docker', () => {
  it('no engine at the place that is named', async () => {
    const [engine] = await checkExecutor('docker', { docker: { host: 'unix:///nowhere/docker.sock' } }, {});
    expect(engine).toMatchObject({ state: 'failed', hint: expect.stringContaining('Start Docker') });
  });
  itWith('docker', 'an engine that answers, and one that runs the wrong containers', async () => {
    expect(await statesOf('docker', {}, process.env)).toEqual(['engine ok']);
    expect(await statesOf('docker-windows', {}, process.env)).toEqual(['engine failed']);
  });
});

it('an executor without needs of its own has no checks', async () =>
  expect(await checkExecutor('instance', {}, {})).toEqual([]));
