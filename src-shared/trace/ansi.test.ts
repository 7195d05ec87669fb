import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySgr, defaultColour, flag, plainStyle, renderLine, trueColour, visibleText } from './ansi.ts';
import { ansiText } from './ansi-text.ts';

/** Every kind of look that a job can print. */
const looks = [
  '0',
  '1;31',
  '92',
  '38;5;208',
  '48;5;17;3',
  '38;2;1;2;255',
  '48:2::9:8:7',
  '4:3;9',
  '21;7',
  '2;8;105',
  '4',
];

const style = (fg: number, bg = defaultColour, flags = 0) => ({ fg, bg, flags });

describe('SGR', () => {
  it.each([
    { why: 'a basic colour', codes: '31', style: style(1) },
    { why: 'a bright colour is 8 to 15 of the palette', codes: '91', style: style(9) },
    { why: 'bold and colour together, in the order GitLab prints them', codes: '36;1', style: style(6, -1, flag.bold) },
    { why: '256 colours with semicolons', codes: '38;5;208', style: style(208) },
    { why: '256 colours with colons', codes: '38:5:208', style: style(208) },
    { why: 'true colour with semicolons', codes: '38;2;255;128;0', style: style(trueColour + 0xff8000) },
    {
      why: 'true colour with colons, without a colour space',
      codes: '38:2:255:128:0',
      style: style(trueColour + 0xff8000),
    },
    {
      why: 'true colour with colons and an empty colour space',
      codes: '38:2::255:128:0',
      style: style(trueColour + 0xff8000),
    },
    {
      why: 'background true colour, then bold',
      codes: '48;2;1;2;3;1',
      style: style(-1, trueColour + 0x010203, flag.bold),
    },
    {
      why: 'the colour of an underline takes its numbers and shows nothing',
      codes: '58;2;1;2;3;4',
      style: style(-1, -1, flag.underline),
    },
    { why: 'curly underline', codes: '4:3', style: style(-1, -1, flag.curlyUnderline) },
    { why: 'no underline', codes: '4;4:0', style: style(-1) },
    { why: 'a number too large names no colour', codes: '38;5;300', style: style(-1) },
    { why: 'unknown codes change nothing', codes: '31;77;999999999', style: style(1) },
    { why: 'a colour cut off takes nothing with it', codes: '38', style: style(-1) },
  ])('$why', ({ codes, style }) => expect(applySgr(plainStyle, codes)).toEqual(style));

  it.each(['', '0', '0;', ';', '0;0'])('"%s" resets everything', (codes) =>
    expect(applySgr(applySgr(plainStyle, '1;4;31;44'), codes)).toEqual(plainStyle),
  );
});

describe('a line', () => {
  it.each([
    { why: 'plain text is itself', raw: 'hello', text: 'hello' },
    { why: "the runner's reset form", raw: '\x1b[32;1mok\x1b[0;m', text: 'ok' },
    { why: 'a carriage return overwrites', raw: '10%\r20%\r100%', text: '100%' },
    { why: 'a shorter overwrite leaves the rest', raw: 'abcdef\rXY', text: 'XYcdef' },
    { why: 'erase to the end of the line', raw: 'abcdef\rXY\x1b[K', text: 'XY' },
    { why: 'erase the whole line', raw: 'abcdef\x1b[2K\rnew', text: 'new' },
    { why: 'a trailing carriage return (CRLF) does nothing', raw: 'windows\r', text: 'windows' },
    { why: 'a backspace goes back', raw: 'ab\bc', text: 'ac' },
    { why: 'a column jump is bounded', raw: 'a\x1b[999999Gb', text: `a${' '.repeat(1999)}b` },
    { why: 'cursor moves to other lines vanish', raw: 'a\x1b[2A\x1b[3;4H\x1b[2Jb', text: 'ab' },
    { why: 'a window title vanishes (BEL)', raw: 'a\x1b]0;evil\x07b', text: 'ab' },
    { why: 'a window title vanishes (ST)', raw: 'a\x1b]2;evil\x1b\\b', text: 'ab' },
    { why: 'a device string vanishes', raw: 'a\x1bP1$r0m\x1b\\b', text: 'ab' },
    { why: 'control characters vanish', raw: 'a\x00\x01\x0e\x7f\x9bb', text: 'ab' },
    { why: 'marks that turn the reading direction vanish', raw: 'a\u202egnp.exe\u2066b\u2069', text: 'agnp.exeb' },
    { why: 'text that is written from the right stays', raw: 'שלום \u200fabc', text: 'שלום \u200fabc' },
    { why: 'markup is text', raw: '<img src=x onerror=alert(1)>', text: '<img src=x onerror=alert(1)>' },
    { why: 'characters outside of the first plane stay whole', raw: 'x\r🚀y', text: '🚀y' },
  ])('$why', ({ raw, text }) => {
    expect(
      renderLine(raw, plainStyle)
        .spans.map((span) => span.text)
        .join(''),
    ).toBe(text);
    expect(visibleText(raw)).toBe(text);
  });

  it.each([
    { why: 'https', target: 'https://example.com/a', link: 'https://example.com/a' },
    { why: 'not javascript', target: 'javascript:alert(1)', link: undefined },
    { why: 'not files', target: 'file:///etc/passwd', link: undefined },
    { why: 'not data', target: 'data:text/html,x', link: undefined },
  ])('OSC 8 links to $why', ({ target, link }) => {
    const { spans, style } = renderLine(`\x1b]8;id=1;${target}\x1b\\text\x1b]8;;\x1b\\ rest`, plainStyle);
    expect(spans[0]?.style.link).toBe(link);
    expect(spans.at(-1)?.style.link).toBeUndefined();
    expect(style.link).toBeUndefined();
  });

  it('what is copied with its colours looks the same again', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...looks), fc.stringMatching(/^[a-z ]{1,5}$/))), (parts) => {
        const { spans } = renderLine(parts.map(([codes, text]) => `\x1b[${codes}m${text}`).join(''), plainStyle);
        expect(renderLine(ansiText(spans), plainStyle)).toEqual({ spans, style: plainStyle });
      }),
    ));

  it('an unclosed link ends with its line', () =>
    expect(renderLine('\x1b]8;;https://example.com\x07all the rest', plainStyle).style.link).toBeUndefined());

  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '\x1b',
          '\x1b[',
          '\x1b]',
          '\x1b]8;;',
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
          '\t',
          '\u202e',
          '\u2066',
        ),
        fc.string({ unit: 'binary' }),
      ),
    )
    .map((parts) => parts.join(''));

  it('whatever a job prints: no control character reaches the screen, links are http, both readings agree', () =>
    fc.assert(
      fc.property(hostile, (raw) => {
        const { spans } = renderLine(raw, plainStyle);
        const text = spans.map((span) => span.text).join('');
        expect(text).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        for (const span of spans) if (span.style.link) expect(span.style.link).toMatch(/^https?:\/\//i);
        expect(visibleText(raw)).toBe(text);
      }),
      { numRuns: 2000 },
    ));
});
