import { blockTexts, type Decode } from './block.ts';
import type { Block } from './log-index.ts';
import { createMatcher, type Matcher, type Query } from './matcher.ts';

/** What one stretch of a log holds: lines with matches, in order, and how many matches each of them has. */
export interface SearchPage {
  readonly lines: readonly number[];
  readonly counts: readonly number[];
}

/** Searches block after block. Throws, when it is made, with the reason why an expression is none. */
export interface LogSearch {
  /** `binary`: the bytes from the block's place to its end. */
  look(block: Block, binary: string): SearchPage;
}

export async function createLogSearch(query: Query, decode: Decode): Promise<LogSearch> {
  const matcher = await createMatcher(query);
  const mayHold = quickLook(query);
  return {
    look: (block, binary) => (mayHold(binary) ? lookClosely(matcher, block, binary, decode) : nothing),
  };
}

const nothing: SearchPage = { lines: [], counts: [] };

function lookClosely(matcher: Matcher, block: Block, binary: string, decode: Decode): SearchPage {
  const lines: number[] = [];
  const counts: number[] = [];
  for (const [offset, text] of blockTexts(block, binary, decode).entries()) {
    const found = matcher.find(text).length;
    if (found === 0) continue;
    lines.push(block.firstLine + offset);
    counts.push(found);
  }
  return { lines, counts };
}

/**
 * Most blocks of a large log hold nothing that is searched for. In plain ASCII, without escapes, carriage returns,
 * backspaces and lines that go on behind a time header, no such thing can stand inside of a match: the bytes tell.
 */
function quickLook({ text, expression, matchCase }: Query): (binary: string) => boolean {
  if (expression || !/^[\x20-\x7e]+$/.test(text)) return () => true;
  const wanted = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), matchCase ? '' : 'i');
  return (binary) => wanted.test(binary) || /[\b\r\x1b\x80-\xff]|Z \w\w[OE]\+/.test(binary);
}
