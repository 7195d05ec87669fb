import { expect, it } from 'vitest';
import type { SendAnswer, UpdateAnswer } from '../base/answers.ts';
import type { Clock } from '../base/clock.ts';
import type { UploaderOptions } from './types.ts';
import { createUploader } from './uploader.ts';

/** A clock that jumps to the next timer whenever it is told to. */
const createFakeClock = () => {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    sleep: (delayMs) => new Promise((resolve) => void clock.after(delayMs, resolve)),
  };
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
  };
  return {
    clock,
    settle,
    async advance(ms: number) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.run();
      }
      now = end;
      await settle();
    },
  };
};

const setUp = (answers: { send?: SendAnswer[]; touch?: UpdateAnswer[]; update?: UpdateAnswer[] } = {}) => {
  const time = createFakeClock();
  let log = Buffer.alloc(0);
  const grow = new Set<(size: number) => void>();
  const calls: string[] = [];
  const options: UploaderOptions = {
    trace: {
      get size() {
        return log.length;
      },
      read: async (start, length) => log.subarray(start, start + length),
      onGrow: (listener) => {
        grow.add(listener);
        return () => void grow.delete(listener);
      },
      checksum: () => 'crc32:0',
    },
    clock: time.clock,
    send: async (start, body) => {
      calls.push(`${time.clock.now()} PATCH ${start}+${body.length}`);
      return answers.send?.shift() ?? { kind: 'accepted' };
    },
    touch: async () => {
      calls.push(`${time.clock.now()} TOUCH`);
      return answers.touch?.shift() ?? { kind: 'ok' };
    },
    onCancel: () => calls.push(`${time.clock.now()} cancel`),
    onAbort: () => calls.push(`${time.clock.now()} abort`),
  };
  const uploader = createUploader(options);
  const write = (bytes: number): void => {
    log = Buffer.concat([log, Buffer.alloc(bytes, 'x')]);
    for (const listener of grow) listener(log.length);
  };
  const update = async (): Promise<UpdateAnswer> => {
    calls.push(`${time.clock.now()} PUT ${log.length}`);
    return answers.update?.shift() ?? { kind: 'ok' };
  };
  return { ...time, uploader, calls, write, update };
};
const deadlineMs = 10_000_000;

it('sends what there is at the pace of the server', async () => {
  const { uploader, calls, write, advance } = setUp({ send: [{ kind: 'accepted', intervalSeconds: 10 }] });
  uploader.start();
  write(5);
  await advance(3000);
  write(7);
  await advance(10_000);
  expect(calls).toEqual(['3000 PATCH 0+5', '13000 PATCH 5+7']);
  uploader.stop();
});

it('sends whole megabytes at once, one after another', async () => {
  const { uploader, calls, write, advance } = setUp();
  uploader.start();
  write(2_500_000);
  await advance(1);
  expect(calls).toEqual(['0 PATCH 0+1048576', '0 PATCH 1048576+1048576']);
  uploader.stop();
});

it('touches a silent job at the interval, at the latest every 30 s', async () => {
  const { uploader, calls, advance } = setUp({ touch: [{ kind: 'ok' }, { kind: 'ok', intervalSeconds: 60 }] });
  uploader.start();
  await advance(70_000);
  expect(calls).toEqual(['3000 TOUCH', '6000 TOUCH', '36000 TOUCH', '66000 TOUCH']);
  uploader.stop();
});

it('goes on where the server wants after a wrong range', async () => {
  const { uploader, calls, write, advance } = setUp({ send: [{ kind: 'accepted' }, { kind: 'range', offset: 3 }] });
  uploader.start();
  write(5);
  await advance(3000);
  write(5);
  await advance(6000);
  expect(calls).toEqual(['3000 PATCH 0+5', '6000 PATCH 5+5', '9000 PATCH 3+7']);
  uploader.stop();
});

it('backs off while the server fails, and respects Retry-After', async () => {
  const failed: SendAnswer = { kind: 'failed' };
  const { uploader, calls, write, advance } = setUp({ send: [failed, failed, { ...failed, retryAfterSeconds: 20 }] });
  uploader.start();
  write(5);
  await advance(30_000);
  expect(calls.filter((call) => call.includes('PATCH'))).toEqual([
    '3000 PATCH 0+5',
    '4000 PATCH 0+5',
    '6000 PATCH 0+5',
    '26000 PATCH 0+5',
  ]);
  uploader.stop();
});

it('tells a cancel once and goes on; an abort ends the loop', async () => {
  const { uploader, calls, advance } = setUp({
    touch: [{ kind: 'ok', canceling: true }, { kind: 'ok', canceling: true }, { kind: 'abort' }],
  });
  uploader.start();
  await advance(60_000);
  expect(calls).toEqual(['3000 TOUCH', '3000 cancel', '6000 TOUCH', '9000 TOUCH', '9000 abort']);
});

it.each<{ why: string; first?: SendAnswer; last: SendAnswer; sent: string[] }>([
  {
    why: 'takes it again',
    last: { kind: 'accepted' },
    sent: ['3000 PATCH 0+5', '3000 abort', '3000 PATCH 0+5', '3000 PUT 5'],
  },
  {
    why: 'stays at its no',
    last: { kind: 'abort' },
    sent: ['3000 PATCH 0+5', '3000 abort', '3000 PATCH 0+5', '3000 PUT 5'],
  },
  {
    why: 'has already taken it with its no',
    first: { kind: 'abort', stored: true },
    last: { kind: 'accepted' },
    sent: ['3000 PATCH 0+5', '3000 abort', '3000 PUT 5'],
  },
])('after an abort the rest is offered once more; the server $why', async ({ first, last, sent }) => {
  const { uploader, calls, write, update, advance } = setUp({ send: [first ?? { kind: 'abort' }, last] });
  uploader.start();
  write(5);
  await advance(3000);
  expect(await uploader.finish(update, { deadlineMs })).toBe('done');
  expect(calls).toEqual(sent);
});

it('ends a short job with one PATCH and one PUT', async () => {
  const { uploader, calls, write, update, settle } = setUp();
  uploader.start();
  write(9);
  const done = uploader.finish(update, { deadlineMs });
  await settle();
  expect(await done).toBe('done');
  expect(calls).toEqual(['0 PATCH 0+9', '0 PUT 9']);
});

it('retries the end for hours, sends the whole log again when its checksum was wrong', async () => {
  const { uploader, calls, write, update, advance } = setUp({
    send: [{ kind: 'failed' }],
    update: [{ kind: 'invalidTrace' }, { kind: 'accepted', intervalSeconds: 4 }, { kind: 'failed' }],
  });
  write(9);
  const done = uploader.finish(update, { deadlineMs });
  await advance(60_000);
  expect(await done).toBe('done');
  expect(calls).toEqual([
    '0 PATCH 0+9',
    '1000 PATCH 0+9',
    '1000 PUT 9',
    '3000 PATCH 0+9',
    '3000 PUT 9',
    '7000 PUT 9',
    '15000 PUT 9',
  ]);
});

it('gives up at the deadline, not before', async () => {
  const update = Array(200).fill({ kind: 'failed' });
  const { uploader, update: put, advance } = setUp({ update });
  const done = uploader.finish(put, { deadlineMs: 3_600_000 });
  await advance(3_500_000);
  expect(await Promise.race([done, Promise.resolve('open')])).toBe('open');
  await advance(100_000);
  expect(await done).toBe('gaveUp');
});
