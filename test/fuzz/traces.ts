import fc from 'fast-check';
import { compileMasks } from '../../src-main/trace/mask/masker.ts';
import { createUtf8Repair } from '../../src-main/trace/utf8.ts';
import { blockTexts, createLogIndex, parseBlock } from '../../src-shared/trace/index.ts';
import { target } from './run.ts';

const cuts = fc.array(fc.nat(400), { maxLength: 8 });
const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const points = [0, ...at.filter((point) => point < bytes.length).sort((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end));
};
const secretParts = fc.constantFrom(
  'a',
  'b',
  '-',
  '?',
  '=',
  '\n',
  ' ',
  'glpat-',
  'glrt-',
  '&rss_token=',
  'é',
  '漢',
  '😀',
);
const printed = fc.array(secretParts, { maxLength: 80 }).map((parts) => parts.join(''));
const phrases = fc.array(
  fc.array(fc.constantFrom('a', 'b', '\n', 'é', '-'), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
  { maxLength: 5 },
);

const screenParts = fc.oneof(
  fc.constantFrom(
    ...[
      '\x1b[',
      '\x1b]',
      '\x1b]8;;',
      'http://x',
      '\x07',
      '\x1b\\',
      '\r',
      '\b',
      '\x9b',
      '\x1bP',
      'm',
      'K',
      ';',
      ':',
      '38',
      '2',
      '5',
    ],
    ...[
      '\n',
      '\r\n',
      '\t',
      'section_start:1:a[collapsed=true]\r\x1b[0K',
      'section_end:2:a\r\x1b[0K',
      'section_start:',
      'ERROR: ',
    ],
    ...['2024-01-02T03:04:05.123456Z 00O ', '2024-01-02T03:04:05.123456Z 01E+', 'x'.repeat(300)],
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const latin1 = (binary: string): string => Buffer.from(binary, 'latin1').toString('utf8');

export const traceTargets = [
  target({
    name: 'trace masker',
    inputs: fc.record({ text: printed, phrases, cuts, raw: fc.uint8Array({ maxLength: 40 }) }),
    read({ text, phrases: secrets, cuts: at, raw }) {
      const run = (chunks: readonly Buffer[]): Buffer => {
        const masker = compileMasks({ phrases: secrets, tokenPrefixes: ['glpat-', 'glrt-'] })();
        return Buffer.concat([...chunks.map((chunk) => Buffer.from(masker.write(chunk))), masker.end()]);
      };
      const bytes = Buffer.concat([Buffer.from(text), raw]);
      const whole = run([bytes]);
      if (!run(cut(bytes, at)).equals(whole)) throw new Error('another log when it is cut elsewhere');
      const left = run([Buffer.from(text)])
        .toString()
        .replaceAll('[MASKED]', '\0');
      for (const secret of secrets.map((each) => each.trim()))
        if (secret !== '' && left.includes(secret)) throw new Error('a secret is left');
      const repair = createUtf8Repair();
      const repaired = Buffer.concat([
        ...cut(bytes, at).map((chunk) => Buffer.from(repair.write(chunk))),
        repair.end(),
      ]);
      if (Buffer.from(repaired.toString()).compare(repaired) !== 0) throw new Error('not UTF-8');
    },
  }),
  target({
    name: 'ANSI and section parser',
    inputs: fc.record({ parts: fc.array(screenParts, { maxLength: 60 }), cuts }),
    read({ parts, cuts: at }) {
      const bytes = Buffer.from(parts.join(''));
      const binary = bytes.toString('latin1');
      const whole = createLogIndex();
      whole.push(binary);
      const index = createLogIndex();
      for (const chunk of cut(bytes, at)) index.push(chunk.toString('latin1'));
      if (index.lines !== whole.lines) throw new Error('other lines when it is cut elsewhere');
      for (const block of whole.blocks) {
        const lines = parseBlock(block, binary, latin1);
        const texts = blockTexts(block, binary, latin1);
        const shown = lines.map(({ spans }) => spans.map((span) => span.text).join(''));
        if (shown.join('\n') !== texts.join('\n')) throw new Error('the search reads other text than the screen shows');
        if (/[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(shown.join('')))
          throw new Error('a control character reaches the screen');
      }
    },
  }),
];
