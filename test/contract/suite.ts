import { describe, expect, it } from 'vitest';
import { createEngineStore, feedEngineStore, selectJob } from '../../src-renderer/app/engine-store.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Client, SnapshotPatch } from '../../src-shared/ipc.ts';
import { createFakeApp, type FakeApp } from '../support/fake-app.ts';
import { busyScene } from '../support/recordings.ts';

export interface Connected {
  readonly client: Client;
  close(): Promise<void>;
}

const now = 1_760_000_000_000;
const until = async (check: () => boolean, what: string): Promise<void> => {
  for (let turn = 0; turn < 500; turn++) {
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`did not happen: ${what}`);
};

/** What every transport of the contract must do; run over each of them. */
export function contractSuite(name: string, connect: (app: FakeApp) => Promise<Connected>): void {
  const over = async (app: FakeApp, body: (connected: Connected) => Promise<void>): Promise<void> => {
    const connected = await connect(app);
    try {
      await body(connected);
    } finally {
      await connected.close();
    }
  };

  describe(`contract over ${name}`, () => {
    it('a call brings its answer', () =>
      over(createFakeApp(busyScene(now)), async ({ client }) => {
        const snapshot = await client.call('engine.snapshot', {});
        expect(snapshot).toMatchObject({ state: 'busy', concurrent: 6 });
        expect(snapshot.jobs.length).toBeGreaterThan(10);
        expect(await client.call('server.probe', { url: 'https://gitlab.orbit.dev' })).toEqual({
          ok: true,
          version: '18.6.1',
          message: 'GitLab answers.',
        });
      }));

    it('a failure keeps code, message and hint', () =>
      over(createFakeApp(), async ({ client }) => {
        await expect(client.call('runner.pause', { runner: 'nobody' })).rejects.toMatchObject({
          code: 'RUNNER_UNKNOWN',
          message: 'there is no such runner in the config file',
          hint: 'List the runners with `harrier list`.',
        });
      }));

    it('a bug crosses without its details', () => {
      const app = createFakeApp();
      app.answer('job.cancel', async () => {
        throw new Error('token glrt-secret in a stack');
      });
      return over(app, async ({ client }) => {
        const failure = await client.call('job.cancel', { job: 'x' }).catch((error: Error) => error);
        expect(failure).toMatchObject({ code: 'INTERNAL' });
        expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
      });
    });

    it.each([
      { why: 'a wrong shape', call: 'trace.read', input: { job: 'x', start: -1, length: 5 } },
      { why: 'more than a range may hold', call: 'trace.read', input: { job: 'x', start: 0, length: 2_000_000 } },
      { why: 'a missing field', call: 'runner.add', input: { url: 'https://x' } },
      { why: 'a name that is none', call: 'engine.destroy', input: {} },
      { why: 'a name of every object', call: 'constructor', input: {} },
    ])('refuses $why before any handler sees it', ({ call, input }) => {
      const app = createFakeApp();
      return over(app, async ({ client }) => {
        await expect(client.call(call as 'engine.start', input as never)).rejects.toMatchObject({
          code: 'INPUT_INVALID',
        });
        expect(app.asked).toEqual([]);
      });
    });

    it('many calls at once each get their own answer', () => {
      const log = Array.from({ length: 10_000 }, (_, at) => `${at}\n`).join('');
      return over(createFakeApp({}, { x: log }), async ({ client }) => {
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, at) => client.call('trace.read', { job: 'x', start: at * 100, length: 100 })),
        );
        expect(answers.map(({ data }) => atob(data)).join('')).toBe(log.slice(0, 10_000));
      });
    });

    it('events arrive in order until they are listened to no more', () => {
      const app = createFakeApp(busyScene(now));
      return over(app, async ({ client }) => {
        await client.call('engine.snapshot', {});
        await until(() => app.listeners > 0, 'a subscription');
        const seen: SnapshotPatch[] = [];
        const stop = client.on('state.patch', (patch) => void seen.push(patch));
        for (let at = 0; at < 20; at++) app.change({ stateText: `Busy, ${at}` });
        await until(() => seen.length === 20, '20 patches');
        expect(seen.map((patch) => patch.stateText)).toEqual(Array.from({ length: 20 }, (_, at) => `Busy, ${at}`));
        stop();
        app.change({ stateText: 'later' });
        await client.call('engine.snapshot', {});
        expect(seen.length).toBe(20);
      });
    });

    it('a log is told by size and pulled by range', () => {
      const app = createFakeApp({}, { x: 'one\n' });
      return over(app, async ({ client }) => {
        await client.call('engine.snapshot', {});
        await until(() => app.listeners > 0, 'a subscription');
        const sizes: number[] = [];
        client.on('trace.grown', ({ job, size }) => void (job === 'x' && sizes.push(size)));
        app.print('x', 'two ✓\n');
        await until(() => sizes.includes(12), 'the new size');
        const { data, size } = await client.call('trace.read', { job: 'x', start: 4, length: 100 });
        expect(size).toBe(12);
        expect(Buffer.from(data, 'base64').toString()).toBe('two ✓\n');
      });
    });

    it('a terminal: told by size, pulled by range, typed into, resized, closed', () => {
      const app = createFakeApp(busyScene(now));
      return over(app, async ({ client }) => {
        await client.call('engine.snapshot', {});
        await until(() => app.listeners > 0, 'a subscription');
        let size = 0;
        client.on('terminal.grown', (grown) => void (size = grown.size));
        const { terminal } = await client.call('terminal.open', { job: 'r-mbp-9001', columns: 80, rows: 24 });
        await client.call('terminal.write', { terminal, data: 'echo ✓\r' });
        await until(() => size === 9, 'output');
        const read = (start: number) => client.call('terminal.read', { terminal, start });
        expect(await read(0)).toMatchObject({ start: 0, size: 9, ended: false });
        expect(Buffer.from((await read(5)).data, 'base64').toString()).toBe('✓\r');
        await client.call('terminal.resize', { terminal, columns: 120, rows: 40 });
        expect(app.shells[0]?.size).toBe('120x40');
        expect((await client.call('engine.snapshot', {})).terminals).toMatchObject([
          { id: terminal, job: 'r-mbp-9001' },
        ]);
        await client.call('terminal.close', { terminal });
        expect((await client.call('engine.snapshot', {})).terminals).toEqual([]);
        await expect(read(0)).rejects.toMatchObject({ code: 'TERMINAL_GONE' });
      });
    });

    it('a program that prints more than any window reads waits; nothing of it is lost (S13)', () => {
      const app = createFakeApp(busyScene(now));
      return over(app, async ({ client }) => {
        const { terminal } = await client.call('terminal.open', { job: 'r-mbp-9001', columns: 80, rows: 24 });
        const shell = app.shells[0];
        let printed = '';
        for (let line = 0; shell?.paused === false; line++) {
          const text = `${line}`.padStart(1023, '.').concat('\n');
          printed += text;
          shell.print(text);
        }
        expect(printed.length).toBeLessThan(1024 * 1024);
        const got: Buffer[] = [];
        for (let at = 0; at < printed.length; ) {
          const { data, start } = await client.call('terminal.read', { terminal, start: at });
          expect(start).toBe(at);
          got.push(Buffer.from(data, 'base64'));
          at += got.at(-1)?.length ?? 0;
        }
        expect(Buffer.concat(got).toString() === printed).toBe(true);
        expect(shell?.paused).toBe(false);
      });
    });

    it('a store that is fed knows what the app knows', () => {
      const app = createFakeApp(busyScene(now));
      return over(app, async ({ client }) => {
        const store = createEngineStore();
        feedEngineStore(store, client);
        await until(() => store.getState().data !== undefined && app.listeners > 0, 'the first snapshot');
        app.changeJob('r-mbp-9001', { state: 'failed', exitCode: 3, endedMs: now });
        app.change({ configProblem: { code: 'CONFIG_INVALID', message: 'x' } });
        app.change({ configProblem: undefined });
        app.change({ runners: app.snapshot().runners.slice(1) });
        await until(() => store.getState().data?.runners.length === app.snapshot().runners.length, 'the last patch');
        expect(selectJob('r-mbp-9001')(store.getState())).toMatchObject({ state: 'failed', exitCode: 3 });
        expect(store.getState().data?.facts.configProblem).toBeUndefined();
        expect(store.getState().data?.jobs.length).toBe(app.snapshot().jobs.length);
      });
    });

    it('config.toml crosses without its secrets, and comes back with them', () =>
      over(createFakeApp(), async ({ client }) => {
        const file = await client.call('config.read', {});
        expect(JSON.stringify(file)).not.toMatch(/abcdefghijk|secret-of-npm/);
        const text = file.text.replace('limit = 2', 'limit = 4');
        expect(await client.call('config.check', { text, revision: file.revision })).toMatchObject({
          runners: ['r-mbp', 'r-shell'],
        });
        expect(await client.call('config.save', { text, revision: file.revision })).toMatchObject({
          state: 'saved',
          effects: [{ when: 'now', key: 'limit' }],
        });
        expect(await client.call('config.save', { text, revision: file.revision })).toMatchObject({
          state: 'conflict',
        });
        await expect(client.call('config.save', { text: 'x'.repeat(100_001), revision: '' })).rejects.toMatchObject({
          code: 'INPUT_INVALID',
        });
      }));

    it('no token crosses, whatever is asked (S12)', () => {
      const app = createFakeApp(busyScene(now));
      app.answer('runner.add', async ({ token }) => {
        expect(token).toBe('glrt-planted-secret');
        throw new HarrierError('TOKEN_REFUSED', 'https://gitlab.orbit.dev does not know this token');
      });
      return over(app, async ({ client }) => {
        const failure = await client
          .call('runner.add', { url: 'https://gitlab.orbit.dev', token: 'glrt-planted-secret', executor: 'shell' })
          .catch((error: unknown) => error);
        const all = JSON.stringify([failure, await client.call('engine.snapshot', {})]) + String(failure);
        expect(all).not.toContain('planted');
      });
    });
  });
}
