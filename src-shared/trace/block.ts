import { type LogLine, lineText, parseLine } from './line.ts';
import type { Block } from './log-index.ts';
import { createLineSplitter } from './splitter.ts';

/** Turns one line's bytes (a binary string) into text; invalid UTF-8 becomes U+FFFD. */
export type Decode = (binary: string) => string;

/** The raw lines of a block, cut as the index cut them. `binary` = the bytes from the block's place to its end. */
export function cutBlock(block: Block, binary: string): string[] {
  const starts: number[] = [];
  const splitter = createLineSplitter(
    { line: (_, offset) => void starts.push(offset - block.resume.offset), marker: () => {} },
    block.resume,
  );
  splitter.push(binary);
  // The unfinished last line counts as well.
  if (splitter.lines > starts.length) starts.push(splitter.restAt - block.resume.offset);
  return starts.map((from, index) => binary.slice(from, starts[index + 1] ?? binary.length));
}

/** The lines of a block as they are shown. */
export function parseBlock(block: Block, binary: string, decode: Decode): LogLine[] {
  let style = block.style;
  return cutBlock(block, binary).map((raw) => {
    const parsed = parseLine(decode(raw), style);
    style = parsed.style;
    return parsed.line;
  });
}

/** The lines of a block as plain text. */
export const blockTexts = (block: Block, binary: string, decode: Decode): string[] =>
  cutBlock(block, binary).map((raw) => lineText(decode(raw)));
