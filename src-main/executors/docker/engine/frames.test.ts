import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrames } from './frames.ts';

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

describe('frames', () => {
  it('come out the same wherever the connection cuts them', () => {
    const one = fc.record({ stream: fc.constantFrom(1, 2), text: fc.string({ maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), fc.array(fc.nat(200), { maxLength: 8 }), (list, cuts) => {
        const whole = Buffer.concat(list.map(({ stream, text }) => frame(stream, text)));
        const points = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const got = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        const take = createFrames((name, data) => void got[name].push(Buffer.from(data)));
        for (let i = 1; i < points.length; i += 1) take(whole.subarray(points[i - 1], points[i]));
        const of = (wanted: number) => list.map(({ stream, text }) => (stream === wanted ? text : '')).join('');
        expect(Buffer.concat(got.stdout).toString()).toBe(of(1));
        expect(Buffer.concat(got.stderr).toString()).toBe(of(2));
      }),
    );
  });

  it('an error of the engine is thrown with its words', () => {
    const take = createFrames(() => undefined);
    expect(() => take(frame(3, 'no space left'))).toThrow('no space left');
  });
});
