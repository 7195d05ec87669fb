import { applySgr, plainStyle, type Style } from './ansi.ts';
import { headerLength, readHeader } from './header.ts';
import { lineText } from './line.ts';
import { countAtMost } from './ordered.ts';
import { isJobFailed, isProblem, problemHint } from './problems.ts';
import { createSections, type Section } from './sections.ts';
import { createLineSplitter, type Resume, type SplitterEvents, type SplitterState } from './splitter.ts';

/** Where reading can begin: a block of whole lines, and the style it begins with. */
export interface Block {
  readonly firstLine: number;
  readonly resume: Resume;
  readonly style: Style;
}

export interface Problem {
  readonly line: number;
  readonly text: string;
  /** The runner's own last word (`ERROR: Job failed: …`), not a tool's. */
  readonly final: boolean;
}

/** Some 128 lines a block: 5 million lines are 40,000 blocks of a few numbers each. */
const linesPerBlock = 128;
const mostProblems = 200;

/**
 * What must be known about a log to show any part of it: lines, blocks, sections, problems. Fed with binary strings in
 * order; memory grows with blocks and sections, not with bytes.
 */
export interface LogIndex {
  push(binary: string): void;
  readonly size: number;
  readonly lines: number;
  readonly blocks: readonly Block[];
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
  /** The time of the first line that has one; undefined in logs without timestamps. */
  readonly firstTimeMs: number | undefined;
  /** The block that holds this line. */
  blockOf(line: number): number;
  /** All of it, with the blocks from `fromBlock` on: another index goes on from it where this one is. */
  state(fromBlock: number): LogIndexState;
}

/** Plain data, for another process. Blocks are columns, since a large log has tens of thousands. */
export interface LogIndexState {
  readonly size: number;
  readonly style: Style;
  readonly styledTo: number;
  readonly pending: string;
  readonly pendingAt: number;
  readonly starts: readonly number[];
  readonly firstStart: number;
  readonly firstTimeMs?: number | undefined;
  readonly splitter: SplitterState;
  readonly sections: readonly Section[];
  readonly openSections: readonly number[];
  readonly problems: readonly Problem[];
  readonly blocks: BlockColumns;
}
export interface BlockColumns {
  /** Number of the first of them. */
  readonly from: number;
  readonly lines: readonly number[];
  readonly offsets: readonly number[];
  /** Which of them (counted from 0 here) begin inside of a line. */
  readonly middles: readonly number[];
  /** The styles that occur, and which of them each begins with. */
  readonly styles: readonly Style[];
  readonly styleOf: readonly number[];
}

/** `before`: blocks that are known already, when `from` does not begin with the first. */
export function createLogIndex(from?: LogIndexState, before: readonly Block[] = []): LogIndex {
  const blocks: Block[] = from === undefined ? [] : [...before.slice(0, from.blocks.from), ...blocksOf(from.blocks)];
  const sections = createSections(from && { all: from.sections, open: from.openSections });
  const problems: Problem[] = [...(from?.problems ?? [])];
  let size = from?.size ?? 0;
  let style: Style = from?.style ?? plainStyle;
  /** Bytes whose colours are in `style`. */
  let styledTo = from?.styledTo ?? 0;
  /** The unfinished line of earlier chunks, so that colours and problems see it whole. */
  let pending = from?.pending ?? '';
  let pendingAt = from?.pendingAt ?? 0;
  let region = '';
  let regionAt = 0;
  let starts: number[] = [...(from?.starts ?? [])];
  let firstStart = from?.firstStart ?? 0;
  let firstTimeMs: number | undefined = from?.firstTimeMs;

  const events: SplitterEvents = {
    line(index, offset, resume) {
      if (starts.length === 0) firstStart = index;
      starts.push(offset);
      const last = blocks.at(-1);
      if (resume === undefined || (last !== undefined && index < last.firstLine + linesPerBlock)) return;
      styleTo(offset);
      blocks.push({ firstLine: index, resume, style });
    },
    marker: (index, marker) => sections.take(index, marker),
  };
  const splitter = createLineSplitter(events, from?.splitter);

  /** Brings `style` to byte `offset` of the region. Only what follows the last reset has to be read. */
  function styleTo(offset: number): void {
    // A line told late begins in bytes that were read before: applying its colours twice gives the same style.
    if (offset <= styledTo) return;
    const text = region.slice(styledTo - regionAt, offset - regionAt);
    styledTo = offset;
    if (!text.includes('\x1b[')) return;
    const reset = Math.max(text.lastIndexOf('\x1b[0m'), text.lastIndexOf('\x1b[0;m'), text.lastIndexOf('\x1b[m'));
    if (reset !== -1) style = plainStyle;
    for (const match of text.slice(Math.max(0, reset)).matchAll(/\x1b\[([\d;:]*)m/g))
      style = applySgr(style, match[1] as string);
  }

  function findProblems(text: string, at: number): void {
    problemHint.lastIndex = 0;
    for (
      let match = problemHint.exec(text);
      match !== null && problems.length < mostProblems;
      match = problemHint.exec(text)
    ) {
      const line = countAtMost(starts.length, at + match.index, (index) => starts[index] as number) - 1;
      if (line === -1) continue;
      const from = (starts[line] as number) - at;
      const next = starts[line + 1];
      const to = next === undefined ? text.length : next - at;
      const seen = lineText(text.slice(Math.max(0, from), to));
      const final = isJobFailed(seen);
      if (final || isProblem(seen)) problems.push({ line: firstStart + line, text: seen.trim().slice(0, 400), final });
      problemHint.lastIndex = Math.max(to, match.index + 1);
    }
  }

  return {
    push(binary) {
      if (size < headerLength && pendingAt === 0) firstTimeMs = readHeader(pending + binary)?.timeMs;
      size += binary.length;
      region = pending + binary;
      regionAt = pendingAt;
      styledTo = Math.max(styledTo, regionAt);
      splitter.push(binary);
      const end = Math.max(region.lastIndexOf('\n') + 1, region.length - 65_536, 0);
      if (problems.length < mostProblems) findProblems(region.slice(0, end), regionAt);
      styleTo(regionAt + end);
      pending = region.slice(end);
      pendingAt = regionAt + end;
      // The last line may go on in the next chunk: problems of its rest still find it.
      const last = starts.at(-1);
      const lastIndex = firstStart + starts.length - 1;
      starts = last === undefined ? [] : [last];
      firstStart = lastIndex;
      region = '';
    },
    get size() {
      return size;
    },
    get lines() {
      return splitter.lines;
    },
    blocks,
    get sections() {
      return sections.all;
    },
    problems,
    get firstTimeMs() {
      return firstTimeMs;
    },
    blockOf: (line) => countAtMost(blocks.length, line, (at) => (blocks[at] as Block).firstLine) - 1,
    state: (fromBlock) => ({
      size,
      style,
      styledTo,
      pending,
      pendingAt,
      starts,
      firstStart,
      firstTimeMs,
      splitter: splitter.state(),
      sections: sections.all,
      openSections: sections.open,
      problems,
      blocks: columnsOf(blocks, fromBlock),
    }),
  };
}

function columnsOf(blocks: readonly Block[], from: number): BlockColumns {
  const some = blocks.slice(from);
  const styles = new Map<string, { readonly number: number; readonly style: Style }>();
  const styleOf = some.map(({ style }) => {
    const key = JSON.stringify(style);
    const known = styles.get(key) ?? { number: styles.size, style };
    styles.set(key, known);
    return known.number;
  });
  return {
    from,
    lines: some.map(({ firstLine }) => firstLine),
    offsets: some.map(({ resume }) => resume.offset),
    middles: some.flatMap(({ resume }, index) => (resume.middle ? [index] : [])),
    styles: [...styles.values()].map(({ style }) => style),
    styleOf,
  };
}

function blocksOf({ lines, offsets, middles, styles, styleOf }: BlockColumns): Block[] {
  const inside = new Set(middles);
  return lines.map((firstLine, index) => ({
    firstLine,
    resume: { offset: offsets[index] ?? 0, middle: inside.has(index) },
    style: styles[styleOf[index] ?? 0] ?? plainStyle,
  }));
}
