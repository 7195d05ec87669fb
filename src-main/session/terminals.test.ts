import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrollback } from './scrollback.ts';

describe('the end of what a terminal printed', () => {
  it('holds the last bytes, wherever the chunks were cut and whoever reads how much', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        chunks,
        fc.integer({ min: 1, max: 200 }),
        fc.nat(3000),
        fc.integer({ min: 1, max: 50 }),
        (all, keep, from, most) => {
          const whole = Buffer.concat(all);
          const scrollback = createScrollback(keep);
          for (const chunk of all) {
            const reused = Buffer.from(chunk);
            scrollback.append(reused);
            reused.fill(0);
          }
          expect(scrollback.size).toBe(whole.length);
          let at = from;
          const parts: Buffer[] = [];
          for (;;) {
            const { start, data } = scrollback.read(at, most);
            if (data.length === 0) break;
            expect(data.length).toBeLessThanOrEqual(most);
            if (parts.length > 0) expect(start).toBe(at);
            else expect(start >= Math.min(from, whole.length)).toBe(true);
            parts.push(data);
            at = start + data.length;
          }
          const got = Buffer.concat(parts);
          expect(whole.subarray(whole.length - got.length).equals(got)).toBe(true);
          // What is promised to be there is there.
          expect(got.length).toBeGreaterThanOrEqual(Math.min(keep, Math.max(0, whole.length - from)));
        },
      ),
    );
  });

  it('many small chunks are put together', () => {
    const scrollback = createScrollback(1_000_000);
    for (let at = 0; at < 5000; at++) scrollback.append(Buffer.from([at % 256]));
    expect(scrollback.read(4990, 100).data.length).toBe(10);
    expect(scrollback.read(0, 10_000).data.length).toBe(5000);
  });
});
