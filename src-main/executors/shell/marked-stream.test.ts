import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineEnds } from './line-ends.ts';
import { createMarkedStream } from './marked-stream.ts';

/** Feeds `text`, then whatever mark is written, cut at any places, and gives what was handed on. */
const through = async (text: string, cuts: readonly number[], after = '') => {
  let mark: Buffer = Buffer.alloc(0);
  const got: Buffer[] = [];
  const stream = createMarkedStream({
    writeMark: (bytes) => {
      mark = bytes;
      return 'written';
    },
    resume: () => {},
  });
  stream.handTo((chunk) => void got.push(Buffer.from(chunk)));
  const done = stream.finish();
  const all = Buffer.concat([Buffer.from(text), mark, Buffer.from(after)]);
  const places = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].toSorted((a, b) => a - b);
  for (const [index, end] of [...places, all.length].entries()) stream.take(all.subarray(places[index - 1] ?? 0, end));
  await done;
  return Buffer.concat(got).toString();
};

describe('a marked stream', () => {
  it('gives all before the mark and nothing after it, wherever it is cut', async () => {
    const bytes = fc.string({ unit: fc.constantFrom('a', '\0', 'f', '0', '\n') });
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat()), bytes, async (text, cuts, after) => {
        expect(await through(text, cuts, after)).toBe(text);
      }),
    );
  });

  it('tries the mark again when the pipe was full', async () => {
    let room = 0;
    const stream = createMarkedStream({
      writeMark: () => {
        room += 1;
        return room < 3 ? 'full' : 'written';
      },
      resume: () => {},
    });
    void stream.finish();
    stream.take(Buffer.from('x'));
    stream.take(Buffer.from('x'));
    stream.take(Buffer.from('x'));
    expect(room).toBe(3);
  });

  it('asks the reader to wait as long as the sink does', async () => {
    let resumed = 0;
    let go = (): void => {};
    const stream = createMarkedStream({ writeMark: () => 'written', resume: () => void (resumed += 1) });
    stream.handTo(
      () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    );
    expect(stream.take(Buffer.from('x'))).toBe(false);
    expect(resumed).toBe(0);
    go();
    await new Promise(setImmediate);
    expect(resumed).toBe(1);
  });

  it('ends what waits when the reading end is gone', async () => {
    const stream = createMarkedStream({ writeMark: () => 'written', resume: () => {} });
    const done = stream.finish();
    stream.end();
    await done;
    await stream.finish();
  });
});

describe('line ends of a terminal', () => {
  it('are undone exactly, wherever the chunks are cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\r', '\n') });
    fc.assert(
      fc.property(text, fc.nat(), (written, cut) => {
        const shown = Buffer.from(written.replaceAll('\n', '\r\n'));
        const convert = createLineEnds();
        const at = cut % (shown.length + 1);
        const back = convert(shown.subarray(0, at), false).toString() + convert(shown.subarray(at), true).toString();
        expect(back).toBe(written);
      }),
    );
  });
});
