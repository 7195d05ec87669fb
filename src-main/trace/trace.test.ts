import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { compileMasks } from './mask/masker.ts';
import { createTrace } from './trace.ts';
import type { MaskRules, TraceOptions } from './types.ts';
import { createUtf8Repair } from './utf8.ts';

const prefixes = ['glpat-', 'glrt-', 'glrtr-', '_gitlab_session='];
const mask = (chunks: readonly (string | Buffer)[], rules: Partial<MaskRules>): string => {
  const masker = compileMasks({ phrases: [], tokenPrefixes: prefixes, ...rules })();
  const parts = chunks.map((chunk) => Buffer.from(masker.write(Buffer.from(chunk as string))));
  return Buffer.concat([...parts, masker.end()]).toString();
};

describe('masking', () => {
  it.each([
    { why: 'a secret cut by a chunk border', secrets: ['hunter22'], chunks: ['x hun', 'ter22 y'], log: 'x [MASKED] y' },
    { why: 'a start that is held at the end is released', secrets: ['hunter22'], chunks: ['hunt'], log: 'hunt' },
    {
      why: 'the longer of two secrets',
      secrets: ['abc', 'abcdef'],
      chunks: ['abcd', 'ef abc'],
      log: '[MASKED] [MASKED]',
    },
    { why: 'a failed start is tried again inside itself', secrets: ['aab'], chunks: ['aa', 'ab'], log: 'a[MASKED]' },
    { why: 'a secret that follows another at once', secrets: ['xyz'], chunks: ['xyzxy', 'z'], log: '[MASKED][MASKED]' },
    { why: 'a secret of several lines', secrets: ['a\nb'], chunks: ['1 a\n', 'b 2'], log: '1 [MASKED] 2' },
    { why: 'an overlap: the first one wins', secrets: ['abcd', 'cdef'], chunks: ['abcdef'], log: '[MASKED]ef' },
    { why: 'a token by its prefix', secrets: [], chunks: ['glpat-AbC_123.x y'], log: 'glpat-[MASKED] y' },
    { why: 'a prefix in two chunks', secrets: [], chunks: ['x gl', 'pat', '-ab', 'cd;'], log: 'x glpat-[MASKED];' },
    { why: 'a prefix alone stays', secrets: [], chunks: ['glpat- x glpat-'], log: 'glpat- x glpat-' },
    { why: 'the longer prefix', secrets: [], chunks: ['glrtr-abc'], log: 'glrtr-[MASKED]' },
    {
      why: 'a URL parameter',
      secrets: [],
      chunks: ['http://h/?a=1&private_token=zz&b=2'],
      log: 'http://h/?a=1&private_token=[MASKED]&b=2',
    },
    {
      why: 'a URL parameter in any case, cut',
      secrets: [],
      chunks: ['?X-Amz-Sig', 'nature=a', 'b c'],
      log: '?X-Amz-Signature=[MASKED] c',
    },
    { why: 'an empty URL parameter', secrets: [], chunks: ['?rss_token=&x'], log: '?rss_token=[MASKED]&x' },
    { why: 'other bytes stay as they are', secrets: ['é漢'], chunks: ['a é漢 🚀'], log: 'a [MASKED] 🚀' },
  ])('$why', ({ secrets, chunks, log }) => {
    expect(mask(chunks, { phrases: secrets })).toBe(log);
  });

  it('a prompt without newline is not held back', () => {
    const masker = compileMasks({ phrases: ['secret-value'], tokenPrefixes: prefixes })();
    expect(masker.write(Buffer.from('Password: ')).toString()).toBe('Password: ');
  });

  it('gives the same log wherever the stream is cut, and never a secret', () => {
    const alphabet = fc.string({
      unit: fc.constantFrom('a', 'b', 'g', 'l', '-', '?', '=', '\n', 'glpat-', '&rss_token='),
      maxLength: 60,
    });
    const secrets = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 2, maxLength: 5 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(alphabet, secrets, fc.array(fc.nat(60), { maxLength: 6 }), (text, phrases, cuts) => {
        const points = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        const chunks = points.slice(1).map((end, index) => text.slice(points[index], end));
        const whole = mask([text], { phrases });
        expect(mask(chunks, { phrases })).toBe(whole);
        for (const phrase of phrases.map((each) => each.trim()))
          if (phrase !== '') expect(whole.replaceAll('[MASKED]', '\0')).not.toContain(phrase);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('UTF-8', () => {
  it.each([
    { why: 'each bad byte becomes one character', chunks: [[0xff, 0xfe, 0x61, 0xc0]], log: '\ufffd\ufffda\ufffd' },
    {
      why: 'a character cut by a chunk border',
      chunks: [
        [0xf0, 0x9f],
        [0x9a, 0x80, 0x21],
      ],
      log: '🚀!',
    },
    { why: 'a character that never ends', chunks: [[0x61, 0xe2, 0x82], [0x62]], log: 'a\ufffd\ufffdb' },
    { why: 'a surrogate is no character', chunks: [[0xed, 0xa0, 0x80]], log: '\ufffd\ufffd\ufffd' },
  ])('$why', ({ chunks, log }) => {
    const repair = createUtf8Repair();
    const parts = chunks.map((chunk) => Buffer.from(repair.write(Buffer.from(chunk))));
    expect(Buffer.concat([...parts, repair.end()]).toString()).toBe(log);
  });
});

describe('a trace', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trace-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const options = (more: Partial<TraceOptions> = {}): TraceOptions => ({
    spoolPath: join(folder, 'trace.log'),
    masks: { phrases: [], tokenPrefixes: [] },
    timestamps: false,
    limitBytes: 1_000_000,
    clock: { ...systemClock, now: () => Date.UTC(2026, 7, 22, 0, 44, 3, 123) },
    ...more,
  });
  const run = async (writes: readonly string[], more: Partial<TraceOptions> = {}): Promise<string> => {
    const trace = await createTrace(options(more));
    const stream = trace.stream(1, 'O');
    for (const write of writes) await stream.write(write);
    await trace.close();
    const bytes = await trace.read(0, trace.size);
    expect(trace.checksum()).toBe(`crc32:${crc32(bytes).toString(16).padStart(8, '0')}`);
    return bytes.toString();
  };
  const at = '2026-08-22T00:44:03.123000Z 01O';

  it.each([
    { why: 'lines', writes: ['a\nb\n'], log: `${at} a\n${at} b\n` },
    { why: 'a line in two writes', writes: ['a', 'b\n'], log: `${at} ab\n` },
    { why: 'an unfinished last line', writes: ['a\nb'], log: `${at} a\n${at} b\n` },
    {
      why: 'a carriage return is shown at once and goes on',
      writes: ['1%\r', '2%\n', 'x\n'],
      log: `${at} 1%\r\n${at}+2%\n${at} x\n`,
    },
    { why: 'empty lines', writes: ['\n\n'], log: `${at} \n${at} \n` },
  ])('timestamps: $why', async ({ writes, log }) => {
    expect(await run(writes, { timestamps: true })).toBe(log);
  });

  it('a very long line is cut into entries of about 8 KiB', async () => {
    const log = await run([...Array(20).fill('x'.repeat(1000)), '\n'], { timestamps: true });
    const lines = log.trimEnd().split('\n');
    expect(lines.length).toBe(3);
    expect(lines.map((line) => line[31])).toEqual([' ', '+', '+']);
    expect(log.replaceAll(/^.{32}/gm, '').replaceAll('\n', '')).toBe('x'.repeat(20_000));
  });

  it('is cut at its limit, not inside a character, and says so once', async () => {
    const log = await run(['123456789é', 'more', 'x'.repeat(100)], { limitBytes: 10 });
    expect(log).toBe(
      "123456789\n\x1b[33;1mJob's log exceeded limit of 10 bytes.\nJob execution will continue but no more output will be collected.\x1b[0;m\n",
    );
  });

  it('keeps its spool to its owner, is readable after close, and is gone after remove', async () => {
    const trace = await createTrace(options());
    const grown: number[] = [];
    trace.onGrow((size) => grown.push(size));
    const stream = trace.stream(0, 'O');
    const reused = Buffer.from('one\n');
    stream.write(reused);
    reused.fill('x');
    stream.write('two\n');
    await trace.flush();
    expect(grown).toEqual([8]);
    if (process.platform !== 'win32') expect((await stat(options().spoolPath)).mode & 0o777).toBe(0o600);
    await trace.close();
    await trace.close();
    expect((await trace.read(0, 99)).toString()).toBe('one\ntwo\n');
    await trace.remove();
    await expect(stat(options().spoolPath)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('drops what is written after close', async () => {
    const trace = await createTrace(options());
    await trace.close();
    expect(trace.stream(1, 'O').write('late')).toBeUndefined();
  });
});
