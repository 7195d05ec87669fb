import { describe, expect, it } from 'vitest';
import { createAppLog } from './log.ts';

const lines = (options: {
  level?: string;
  format?: string;
  colour?: boolean;
}): { said: string[]; log: ReturnType<typeof createAppLog> } => {
  const said: string[] = [];
  const log = createAppLog({
    level: options.level,
    format: options.format,
    colour: options.colour ?? false,
    nowMs: () => Date.UTC(2026, 0, 31, 12, 0, 0, 5),
    write: (text) => said.push(text),
  });
  return { said, log };
};

describe('the application log', () => {
  it('runner: the official look, fields in the order of their names', () => {
    const { said, log } = lines({});
    log.info('Runtime platform', { os: 'linux', arch: 'amd64', none: undefined });
    log.warn('Slow');
    log.error('Broken', { code: 1 });
    expect(said).toEqual([
      `${'Runtime platform'.padEnd(50)} arch=amd64 os=linux\n`,
      'WARNING: Slow\n',
      `ERROR: ${'Broken'.padEnd(43)} code=1\n`,
    ]);
  });

  it('colours for a terminal only', () => {
    const { said, log } = lines({ colour: true });
    log.warn('Slow', { a: 'b' });
    expect(said).toEqual([`\x1b[0;33mWARNING: ${'Slow'.padEnd(41)}\x1b[0;m \x1b[0;33ma\x1b[0;m=b\n`]);
  });

  it('json and text: one line each, whatever the message holds', () => {
    const json = lines({ format: 'json' });
    json.log.error('two\nlines', { job: 7 });
    expect(json.said).toHaveLength(1);
    expect(JSON.parse(json.said[0] ?? '')).toEqual({
      level: 'error',
      msg: 'two\nlines',
      job: 7,
      time: '2026-01-31T12:00:00.005Z',
    });
    const text = lines({ format: 'text' });
    text.log.info('two\nlines', { a: 'b c' });
    expect(text.said).toEqual(['time=2026-01-31T12:00:00.005Z level=info msg="two\\nlines" a="b c"\n']);
  });

  it.each([
    { why: 'the usual level is info', level: undefined, shown: ['i', 'w', 'e'] },
    { why: 'debug', level: 'debug', shown: ['d', 'i', 'w', 'e'] },
    { why: 'another name of a level', level: 'warn', shown: ['w', 'e'] },
    { why: 'nothing below', level: 'fatal', shown: [] },
  ])('$why', ({ level, shown }) => {
    const { said, log } = lines({ ...(level ? { level } : {}), format: 'json' });
    log.debug('d');
    log.info('i');
    log.warn('w');
    log.error('e');
    expect(said.map((line) => JSON.parse(line).msg)).toEqual(shown);
  });

  it('level and format change while it runs; an unknown level changes nothing', () => {
    const { said, log } = lines({});
    log.setLevel('error');
    log.setLevel('loud');
    log.warn('not shown');
    log.setFormat('json');
    log.error('shown');
    expect(said.map((line) => JSON.parse(line).msg)).toEqual(['shown']);
  });

  it('fields of a child stand on its lines', () => {
    const { said, log } = lines({ format: 'text' });
    log.with({ runner: 'a' }).info('x', { job: 1 });
    expect(said[0]).toContain('job=1 runner=a');
  });
});
