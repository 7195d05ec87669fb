import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarkFinder } from './marks.ts';

const mark = 'mark-1';
const run = (chunks: readonly Buffer[]): { text: string; codes: number[] } => {
  const finder = createMarkFinder(mark);
  let text = '';
  const codes: number[] = [];
  for (const chunk of chunks) {
    const { data, code } = finder.take(chunk);
    text += data.toString('latin1');
    if (code !== undefined) codes.push(code);
  }
  return { text: text + finder.rest().toString('latin1'), codes };
};

describe('marks', () => {
  it.each([
    { why: 'a mark after output', chunks: ['out\n', '\0mark-1:3\0'], text: 'out\n', codes: [3] },
    { why: 'output without a newline before the mark', chunks: ['out\0mark-1:0\0'], text: 'out', codes: [0] },
    { why: 'a mark in many pieces', chunks: ['a\0', 'mark', '-1:1', '27', '\0'], text: 'a', codes: [127] },
    { why: 'a zero byte that begins no mark', chunks: ['a\0b\0', 'c'], text: 'a\0b\0c', codes: [] },
    { why: 'another mark is output', chunks: ['\0mark-2:0\0'], text: '\0mark-2:0\0', codes: [] },
    { why: 'a mark that never ends is output', chunks: ['a\0mark-1:'], text: 'a\0mark-1:', codes: [] },
  ])('$why', ({ chunks, text, codes }) => {
    expect(run(chunks.map((chunk) => Buffer.from(chunk, 'latin1')))).toEqual({ text, codes });
  });

  it('finds the same wherever the stream is cut', () => {
    const part = fc.constantFrom('a', '\0', 'mark', '\0mark', '-1:', '7', '\n');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 6 }), (parts, cuts) => {
        const whole = Buffer.from(`${parts.join('')}\0${mark}:5\0`, 'latin1');
        const points = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const chunks = points.slice(1).map((end, index) => whole.subarray(points[index], end));
        fc.pre(!parts.join('').includes(`\0${mark}:`));
        expect(run(chunks)).toEqual({ text: parts.join(''), codes: [5] });
      }),
      { numRuns: 1000 },
    );
  });
});
