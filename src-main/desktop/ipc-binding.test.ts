import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Handlers } from '../../src-shared/ipc.ts';
import { silentLogger } from '../base/logger.ts';
import { bindIpc, callChannel, sendEvent } from './ipc-binding.ts';

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
    } as never,
    handlers,
    isOurs: (sender) => sender === (contents as never),
    log: silentLogger,
  });
  return { contents, cancelled, invoke: (event: unknown, name: unknown, input: unknown) => invoke(event, name, input) };
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

  it('a window that is gone gets no event', () => {
    const send = vi.fn();
    sendEvent({ isDestroyed: () => true, send }, 'trace.grown', { job: 'a', size: 1 });
    expect(send).not.toHaveBeenCalled();
    sendEvent({ isDestroyed: () => false, send }, 'trace.grown', { job: 'a', size: 1 });
    expect(send).toHaveBeenCalledTimes(1);
  });
});
