import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { callControl, serveControl } from './control.ts';

const root = await mkdtemp(join(tmpdir(), 'hc-'));
afterAll(() => rm(root, { recursive: true }));
let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(root, 'x')), 'config.toml');
});
const handlers = {
  status: async (params: Readonly<Record<string, unknown>>) => ({ state: 'running', params }),
  pause: async () => undefined,
  refuse: async () => {
    throw new HarrierError('RUNNER_UNKNOWN', 'there is no runner "x"');
  },
  slip: async () => {
    throw new TypeError('a bug');
  },
};

describe('the control socket', () => {
  it('answers calls, also many at once, and leaves nothing behind', async () => {
    const control = await serveControl(path, handlers);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => callControl(path, 'status', { n })));
    expect(answers).toEqual([1, 2, 3, 4].map((n) => ({ state: 'running', params: { n } })));
    expect(await callControl(path, 'pause')).toBeNull();
    await control.close();
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('is open to its owner only', async () => {
    const control = await serveControl(path, handlers);
    expect((await stat(`${path}.sock`)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(path, '..'))).toEqual(['config.toml.sock']);
    await control.close();
  });

  it.each([
    {
      why: 'an error of the engine keeps its code',
      call: 'refuse',
      code: 'RUNNER_UNKNOWN',
      message: 'there is no runner "x"',
    },
    { why: 'a bug is told as one', call: 'slip', code: 'INTERNAL', message: 'a bug' },
    {
      why: 'a call that is not there',
      call: 'toString',
      code: 'INPUT_INVALID',
      message: 'this engine has no such call',
    },
  ])('$why', async ({ call, code, message }) => {
    const control = await serveControl(path, handlers);
    await expect(callControl(path, call)).rejects.toMatchObject({ code, message });
    await control.close();
  });

  it('nobody listens: ENGINE_NOT_RUNNING, also when a dead socket lies there', async () => {
    await expect(callControl(path, 'status')).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' });
    await writeFile(`${path}.sock`, '');
    await expect(callControl(path, 'status')).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' });
    const control = await serveControl(path, handlers);
    expect(await callControl(path, 'pause')).toBeNull();
    await control.close();
  });

  it('a path that is too long for a socket is served elsewhere', async () => {
    const deep = join(path, '..', 'd'.repeat(90));
    await mkdir(deep);
    const long = join(deep, 'config.toml');
    const control = await serveControl(long, handlers);
    expect(await callControl(long, 'pause')).toBeNull();
    await control.close();
    await expect(callControl(long, 'pause')).rejects.toMatchObject({ code: 'ENGINE_NOT_RUNNING' });
  });

  it.skipIf(process.platform === 'win32')(
    'lives through nonsense, an endless line and a caller that hangs up',
    async () => {
      const control = await serveControl(path, handlers);
      expect(await send('{"call":\n')).toContain('INPUT_INVALID');
      expect(await send('[1]\n')).toContain('INPUT_INVALID');
      expect(await send('x'.repeat(200_000))).toBe('');
      createConnection(`${path}.sock`).destroy();
      expect(await callControl(path, 'pause')).toBeNull();
      await control.close();
    },
  );

  it.skipIf(process.platform === 'win32')('an engine that ends before it answers is an error', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => server.listen(`${path}.sock`, done));
    await expect(callControl(path, 'status')).rejects.toMatchObject({ code: 'INTERNAL' });
    await new Promise((done) => server.close(done));
  });
});

const send = (text: string): Promise<string> =>
  new Promise((done) => {
    let answer = '';
    const socket = createConnection(`${path}.sock`, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', () => {}).on('close', () => done(answer));
  });
