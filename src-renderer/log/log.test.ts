import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Client, EventName } from '../../src-shared/ipc.ts';
import type { Section } from '../../src-shared/trace/index.ts';
import {
  createLogIndex,
  createLogSearch,
  createMatcher,
  emptyQuery,
  type FoundMatches,
  type LogIndex,
  type Query,
} from '../../src-shared/trace/index.ts';
import { contrast, legible, paletteColour } from './contrast.ts';
import { decodeUtf8 } from './decode.ts';
import { foldedRanges, isFolded, unfoldAround } from './fold-state.ts';
import { createLogSource, type LogSource } from './log-source.ts';
import { piecesOf } from './pieces.ts';
import { barHeight, lastTop, scrollOfTop, tallest, topOfScroll } from './scroll.ts';
import { matchAt, type SearchResult, startSearch } from './search.ts';

/** A client whose one log is in memory; index and search are those that the engine makes. */
const clientOf = (log: Buffer) => {
  const state = { log, reads: 0, indexed: 0, fail: false };
  const indexed = (): LogIndex => {
    const index = createLogIndex();
    index.push(state.log.toString('latin1'));
    return index;
  };
  const searched = async (query: Query, fromBlock: number): Promise<FoundMatches> => {
    const { blocks, size } = indexed();
    const search = await createLogSearch(query, decodeUtf8);
    const pages = blocks.slice(fromBlock).map((block, at) => {
      const end = blocks[fromBlock + at + 1]?.resume.offset ?? size;
      return search.look(block, state.log.toString('latin1', block.resume.offset, end));
    });
    const [lines, counts] = [pages.flatMap((page) => page.lines), pages.flatMap((page) => page.counts)];
    return {
      lines,
      counts,
      size,
      done: true,
      fromLine: blocks[fromBlock]?.firstLine ?? 0,
      nextBlock: blocks.length - 1,
    };
  };
  const listeners = new Map<string, (payload: unknown) => void>();
  const client = {
    call: async (
      name: string,
      { start, length, fromBlock, query }: { start: number; length: number; fromBlock: number; query: Query },
    ) => {
      if (name === 'trace.search') return searched(query, fromBlock);
      if (name === 'trace.index') {
        state.indexed++;
        return JSON.parse(JSON.stringify(indexed().state(fromBlock)));
      }
      state.reads++;
      if (state.fail) throw new HarrierError('INTERNAL', 'the disk is gone');
      return { size: state.log.length, data: state.log.subarray(start, start + length).toString('base64') };
    },
    on: (name: EventName, listener: (payload: unknown) => void) => {
      listeners.set(name, listener);
      return () => void listeners.delete(name);
    },
    onConnection: () => () => {},
  } as unknown as Client;
  return { client, state, grown: () => listeners.get('trace.grown')?.({ job: 'j', size: state.log.length }) };
};
const settled = async (source: LogSource, check: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 2000 && !check(); turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(check(), `size ${source.index.size} of ${source.size}`).toBe(true);
};
const textAt = (source: LogSource, line: number): string | undefined =>
  source
    .line(line)
    ?.spans.map((span) => span.text)
    .join('');

describe('source', () => {
  it('reads from the start, follows growth, keeps little', async () => {
    const line = (at: number): string => `line ${at} ${'x'.repeat(90)} ü\n`;
    const { client, state, grown } = clientOf(
      Buffer.from(Array.from({ length: 300_000 }, (_, at) => line(at)).join('')),
    );
    const source = createLogSource(client, 'j');
    const stop = source.subscribe(() => {});
    await settled(source, () => source.index.size === state.log.length);
    expect(source.index.lines).toBe(300_000);
    // The engine made the index: of 30 MB little more than the beginning was fetched.
    expect(state.indexed).toBe(1);
    expect(state.reads).toBeLessThan(4);
    await settled(source, () => textAt(source, 299_999) === line(299_999).trimEnd());
    await settled(source, () => textAt(source, 150_000) === line(150_000).trimEnd());
    state.log = Buffer.concat([state.log, Buffer.from('the end')]);
    grown();
    await settled(source, () => source.index.lines === 300_001);
    expect(textAt(source, 300_000)).toBe('the end');
    stop();
  });

  it('a failure is told and the next look goes on where it stopped', async () => {
    const { client, state } = clientOf(Buffer.from('a\nb\n'));
    state.fail = true;
    const source = createLogSource(client, 'j');
    const stop = source.subscribe(() => {});
    await settled(source, () => source.trouble !== undefined);
    expect(source.trouble?.message).toBe('the disk is gone');
    state.fail = false;
    source.refresh();
    await settled(source, () => source.index.lines === 2);
    expect(source.trouble).toBeUndefined();
    stop();
  });

  it('what comes soon after a look that found nothing needs no event; a quiet log is left alone', async () => {
    const { client, state, grown } = clientOf(Buffer.from('a\n'));
    const source = createLogSource(client, 'j');
    const stop = source.subscribe(() => {});
    await settled(source, () => source.index.lines === 1);
    state.log = Buffer.from('a\nb\n');
    grown();
    await settled(source, () => source.index.lines === 2);
    const reads = state.reads;
    await settled(source, () => state.reads > reads);
    state.log = Buffer.from('a\nb\nc\n');
    await settled(source, () => source.index.lines === 3);
    const after = state.reads;
    let before = -1;
    while (before !== state.reads) {
      before = state.reads;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(state.reads - after).toBeLessThan(5);
    stop();
  });

  it('nobody looks: nothing is read', async () => {
    const { client, state } = clientOf(Buffer.from('a\n'));
    const source = createLogSource(client, 'j');
    expect(state.reads).toBe(0);
    source.subscribe(() => {})();
    await settled(source, () => true);
    expect(source.index.size).toBe(0);
  });
});

describe('search', () => {
  it('counts the whole log, also what comes later, and finds each match', async () => {
    const log = Array.from({ length: 5000 }, (_, at) =>
      at % 100 === 7 ? `\x1b[31mtwo web\x1b[0mhooks, web Web\n` : `line ${at}\n`,
    ).join('');
    const { client, state, grown } = clientOf(Buffer.from(log));
    const source = createLogSource(client, 'j');
    const stop = source.subscribe(() => {});
    await settled(source, () => source.index.size === state.log.length);
    let result: SearchResult | undefined;
    const search = startSearch(source, { ...emptyQuery, text: 'web' }, (found) => void (result = found));
    await settled(source, () => result?.done === true);
    expect(result?.total).toBe(150);
    expect(result && matchAt(result, 4)).toEqual({ line: 107, nth: 1 });
    state.log = Buffer.concat([state.log, Buffer.from('a web here\n')]);
    grown();
    await settled(source, () => source.index.lines === 5001);
    search.more();
    await settled(source, () => result?.total === 151);
    expect(result && matchAt(result, 150)).toEqual({ line: 5000, nth: 0 });
    search.stop();
    stop();
  });

  it('what comes while the engine looks is looked at as well', async () => {
    const { client, state, grown } = clientOf(Buffer.from('web\n'));
    const source = createLogSource(client, 'j');
    const stop = source.subscribe(() => {});
    await settled(source, () => source.index.lines === 1);
    let asked = 0;
    const slow: LogSource = Object.create(source, {
      search: {
        value: async (query: Query, fromBlock: number) => {
          const answer = await source.search(query, fromBlock);
          if (asked++ > 0) return answer;
          state.log = Buffer.from('web\nlast web\n');
          grown();
          await settled(source, () => source.index.lines === 2);
          search.more();
          return answer;
        },
      },
    });
    let result: SearchResult | undefined;
    const search = startSearch(slow, { ...emptyQuery, text: 'web' }, (found) => void (result = found));
    await settled(source, () => result?.total === 2);
    search.stop();
    stop();
  });

  it.each([
    {
      why: 'any case',
      query: { text: 'WEB' },
      line: 'web Web',
      found: [
        [0, 3],
        [4, 7],
      ],
    },
    { why: 'matching case', query: { text: 'Web', matchCase: true }, line: 'web Web', found: [[4, 7]] },
    {
      why: 'whole words',
      query: { text: 'web', wholeWord: true },
      line: 'web webhook xweb web',
      found: [
        [0, 3],
        [17, 20],
      ],
    },
    {
      why: 'an expression',
      query: { text: 'e[rx]+or', expression: true },
      line: 'an Error exror',
      found: [
        [3, 8],
        [9, 14],
      ],
    },
    {
      why: 'an expression that would take for ever elsewhere',
      query: { text: '(a+)+$', expression: true },
      line: `${'a'.repeat(40)}b`,
      found: [],
    },
    {
      why: 'an expression that matches nothing at all',
      query: { text: 'x*', expression: true },
      line: 'abc',
      found: [],
    },
    { why: 'a letter that changes its length in lower case', query: { text: 'i' }, line: 'İi', found: [[1, 2]] },
  ])('$why', async ({ query, line, found }) =>
    expect((await createMatcher({ ...emptyQuery, ...query })).find(line)).toEqual(found),
  );

  it('an expression that is none is said so', async () => {
    await expect(createMatcher({ ...emptyQuery, text: '(', expression: true })).rejects.toThrow();
  });
});

describe('folds', () => {
  const section = (id: number, next: Partial<Section>): Section => ({
    id,
    name: 'x',
    line: id * 10,
    endLine: id * 10 + 8,
    depth: 0,
    startedSeconds: 0,
    collapsed: false,
    hideDuration: false,
    ...next,
  });
  const problem = { line: 3, text: 'error', final: false };
  it.each([
    { why: "the runner's own, once ended", section: section(0, { name: 'get_sources' }), problems: [], folded: true },
    {
      why: 'not while it runs',
      section: section(0, { name: 'get_sources', endLine: undefined }),
      problems: [],
      folded: false,
    },
    {
      why: 'not with a problem inside',
      section: section(0, { name: 'get_sources' }),
      problems: [problem],
      folded: false,
    },
    { why: 'the script stays open', section: section(0, { name: 'step_script' }), problems: [], folded: false },
    {
      why: 'collapsed=true folds while it runs',
      section: section(0, { collapsed: true, endLine: undefined }),
      problems: [],
      folded: true,
    },
  ])('$why', ({ section: each, problems, folded }) => expect(isFolded(each, new Map(), problems)).toBe(folded));

  it('what a person chose counts, and a line can be shown whatever hides it', () => {
    const sections = [section(0, { endLine: 30, collapsed: true }), section(1, { collapsed: true, depth: 1 })];
    expect(foldedRanges(sections, new Map(), [], 40)).toEqual([
      [1, 30],
      [11, 18],
    ]);
    const choices = unfoldAround(12, sections, new Map(), []);
    expect([...choices]).toEqual([
      [0, false],
      [1, false],
    ]);
    expect(unfoldAround(35, sections, choices, [])).toBe(choices);
  });
});

describe('scroll', () => {
  it('every place can be reached and is read back, beyond the tallest element too', () =>
    fc.assert(
      fc.property(
        fc.nat(8_000_000),
        fc.integer({ min: 100, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, viewport, share) => {
          const geometry = { rows, viewport };
          const top = share * lastTop(geometry);
          const scroll = scrollOfTop(top, geometry);
          expect(scroll).toBeLessThanOrEqual(Math.max(0, barHeight(geometry) - viewport) + 0.001);
          expect(barHeight(geometry)).toBeLessThanOrEqual(tallest);
          expect(topOfScroll(scroll, geometry)).toBeCloseTo(top, 3);
          expect(topOfScroll(Math.max(0, barHeight(geometry) - viewport), geometry)).toBeCloseTo(lastTop(geometry), 3);
        },
      ),
    ));
});

describe('pieces', () => {
  it('matches cut spans, and the text stays whole', () =>
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 6 }),
        fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 5 })), { maxLength: 5 }),
        (texts, raw) => {
          const text = texts.join('');
          let from = 0;
          const marks = raw.flatMap(([gap, length]): [number, number][] => {
            const start = from + gap;
            const end = start + length;
            if (end > text.length) return [];
            from = end;
            return [[start, end]];
          });
          const spans = texts.map((each, at) => ({ text: each, style: { fg: at, bg: -1, flags: 0 } }));
          const pieces = piecesOf(spans, marks, []);
          expect(pieces.map((piece) => piece.text).join('')).toBe(text);
          for (const [number, [start, end]] of marks.entries())
            expect(
              pieces
                .filter((piece) => piece.mark === number)
                .map((piece) => piece.text)
                .join(''),
            ).toBe(text.slice(start, end));
        },
      ),
    ));
});

describe('colours', () => {
  it('whatever a job chooses can be read on every ground (AA)', () => {
    for (const ground of [0xffffff, 0x101313, 0xfbe8e4, 0x391c18])
      for (let index = 16; index < 256; index++)
        expect(contrast(legible(paletteColour(index), ground), ground)).toBeGreaterThanOrEqual(4.5);
    fc.assert(
      fc.property(fc.nat(0xffffff), fc.nat(0xffffff), (rgb, ground) => contrast(legible(rgb, ground), ground) >= 4.49),
    );
  });
});
