import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Handlers } from '../../src-shared/ipc.ts';
import { silentLogger } from '../base/logger.ts';
import { bindIpc, callChannel, createFeed } from './ipc-binding.ts';

type Invoke = (
  event: unknown,
  name: unknown,
  input: unknown,
) => Promise<{ ok: boolean; value?: unknown; error?: { code: string } }>;

/** An Electron whose frames can be forged. */
const bind = () => {
  let invoke: Invoke = async () => ({ ok: false });
  const contents = { mainFrame: { url: 'app://harrier/' } };
  const cancelled: string[] = [];
  const seen: number[] = [];
  let see: (event: unknown, number: unknown) => void = () => {};
  const handlers = {
    'job.cancel': async ({ job }: { job: string }) => {
      cancelled.push(job);
      return { ok: true as const };
    },
  } as unknown as Handlers;
  bindIpc({
    ipcMain: {
      handle: (channel: string, handler: unknown) => {
        expect(channel).toBe(callChannel);
        invoke = handler as Invoke;
      },
      removeHandler: vi.fn(),
      on: (_channel: string, listener: (event: unknown, number: unknown) => void) => {
        see = listener;
      },
    } as never,
    handlers,
    isOurs: (sender) => sender === (contents as never),
    onSeen: (number) => seen.push(number),
    log: silentLogger,
  });
  return {
    seen,
    see: (event: unknown, number: unknown) => see(event, number),
    contents,
    cancelled,
    invoke: (event: unknown, name: unknown, input: unknown) => invoke(event, name, input),
  };
};

describe('Electron IPC (S9, S10)', () => {
  it('a call from our main frame reaches its handler', async () => {
    const { contents, cancelled, invoke } = bind();
    expect(await invoke({ senderFrame: contents.mainFrame, sender: contents }, 'job.cancel', { job: 'a-1' })).toEqual({
      ok: true,
      value: { ok: true },
    });
    expect(cancelled).toEqual(['a-1']);
  });

  it.each([
    { why: 'no frame', event: () => ({ senderFrame: null, sender: {} }) },
    {
      why: 'an inner frame',
      event: (contents: { mainFrame: object }) => ({ senderFrame: { url: 'app://harrier/x' }, sender: contents }),
    },
    {
      why: 'a foreign page in our window',
      event: (contents: { mainFrame: { url: string } }) => {
        contents.mainFrame.url = 'https://evil.example/';
        return { senderFrame: contents.mainFrame, sender: contents };
      },
    },
    {
      why: 'a name that begins like our origin',
      event: (contents: { mainFrame: { url: string } }) => {
        contents.mainFrame.url = 'app://harrier.evil/';
        return { senderFrame: contents.mainFrame, sender: contents };
      },
    },
    {
      why: 'a window that is not ours',
      event: () => {
        const other = { mainFrame: { url: 'app://harrier/' } };
        return { senderFrame: other.mainFrame, sender: other };
      },
    },
  ])('refuses $why', async ({ event }) => {
    const { contents, cancelled, invoke } = bind();
    const answer = await invoke(event(contents as never), 'job.cancel', { job: 'a-1' });
    expect(answer).toMatchObject({ ok: false, error: { code: 'INPUT_INVALID' } });
    expect(cancelled).toEqual([]);
  });

  it('whatever a page sends, the answer is an answer and nothing is cancelled by a wrong shape', async () => {
    const { contents, cancelled, invoke } = bind();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.constant('job.cancel'), fc.constant('__proto__'), fc.anything()),
        fc.anything(),
        async (name, input) => {
          const fits =
            name === 'job.cancel' &&
            typeof input === 'object' &&
            input !== null &&
            typeof (input as { job?: unknown }).job === 'string';
          fc.pre(!fits);
          const answer = await invoke({ senderFrame: contents.mainFrame, sender: contents }, name, input);
          expect(answer.ok).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
    expect(cancelled).toEqual([]);
  });

  it('whoever asks from elsewhere, for whatever: refused, logged, and nothing happens (S10)', async () => {
    const { contents, cancelled, invoke, see, seen } = bind();
    const url = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc.string().map((rest) => `app://harrier${rest.replace(/^[/?#]*/, 'x')}`),
      fc.constantFrom('', 'about:blank', 'app://harrier.evil/', 'app://', 'data:text/html,x', 'file:///app/index.html'),
    );
    const foreign = fc.oneof(
      // No frame, an inner frame of ours, a frame that has gone elsewhere, a window that is not ours.
      fc.constant(() => ({ senderFrame: null, sender: contents })),
      url.map((at) => () => ({ senderFrame: { url: at }, sender: contents })),
      fc.constant(() => ({ senderFrame: { ...contents.mainFrame }, sender: contents })),
      url.map((at) => () => {
        const frame = { url: at };
        return { senderFrame: frame, sender: { mainFrame: frame } };
      }),
      url.map((at) => () => {
        contents.mainFrame = { url: at };
        return { senderFrame: contents.mainFrame, sender: contents };
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        foreign,
        fc.oneof(fc.constant('job.cancel'), fc.anything()),
        fc.oneof(fc.constant({ job: 'a-1' }), fc.anything()),
        async (make, name, input) => {
          contents.mainFrame = { url: 'app://harrier/' };
          const event = make();
          see(event, 1);
          expect(await invoke(event, name, input)).toMatchObject({ ok: false, error: { code: 'INPUT_INVALID' } });
        },
      ),
      { numRuns: 500 },
    );
    expect([cancelled, seen]).toEqual([[], []]);
  });
});

describe('events to a window (S13)', () => {
  const open = () => {
    const sent: [string, unknown, number][] = [];
    const feed = createFeed({
      isDestroyed: () => false,
      send: (_channel: string, name: string, payload: unknown, number: number) => sent.push([name, payload, number]),
    });
    return { feed, sent };
  };

  it('a window that is gone gets no event', () => {
    const send = vi.fn();
    createFeed({ isDestroyed: () => true, send }).tell('trace.grown', { job: 'a', size: 1 });
    expect(send).not.toHaveBeenCalled();
  });

  it('a page that hangs costs a bound: then it gets the newest sizes and asks for the rest', () => {
    const { feed, sent } = open();
    for (let at = 1; at <= 100_000; at++) {
      feed.tell('state.patch', { stateText: `${at}` });
      feed.tell('trace.grown', { job: `job-${at % 3}`, size: at });
      feed.tell('terminal.grown', { terminal: 't', size: at });
    }
    expect(sent).toHaveLength(256);
    // It wakes and takes in what it had got.
    for (let number = 1; number <= 256; number++) feed.seen(number);
    expect(sent.slice(256)).toEqual([
      ['behind', {}, 257],
      ['trace.grown', { job: 'job-2', size: 99_998 }, 258],
      ['terminal.grown', { terminal: 't', size: 100_000 }, 259],
      ['trace.grown', { job: 'job-0', size: 99_999 }, 260],
      ['trace.grown', { job: 'job-1', size: 100_000 }, 261],
    ]);
    feed.tell('state.patch', { stateText: 'on' });
    expect(sent.at(-1)).toEqual(['state.patch', { stateText: 'on' }, 262]);
  });

  it('numbers that a page makes up change nothing', () => {
    const { feed, sent } = open();
    for (let at = 0; at < 300; at++) feed.tell('state.patch', {});
    for (const number of [Number.NaN, -1, 1.5, 1e9, Number.POSITIVE_INFINITY]) feed.seen(number);
    feed.tell('state.patch', {});
    expect(sent).toHaveLength(256);
  });

  it('a page that is loaded anew begins with nothing owed', () => {
    const { feed, sent } = open();
    for (let at = 0; at < 300; at++) feed.tell('state.patch', {});
    feed.restart();
    for (let at = 0; at < 300; at++) feed.tell('state.patch', {});
    expect(sent).toHaveLength(512);
  });
});
