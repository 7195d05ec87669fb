import * as v from 'valibot';
import type { LogIndexState } from './log-index.ts';
import type { Query } from './matcher.ts';

/** What a person typed into the search field. */
export const querySchema = v.object({
  text: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)),
  matchCase: v.boolean(),
  wholeWord: v.boolean(),
  expression: v.boolean(),
}) satisfies v.GenericSchema<Query>;

const list = <Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.readonly());
const numbers = list(v.number());

const resume = v.object({ offset: v.number(), middle: v.boolean() });
const style = v.object({ fg: v.number(), bg: v.number(), flags: v.number(), link: v.exactOptional(v.string()) });

export const logIndexStateSchema = v.object({
  size: v.number(),
  style,
  styledTo: v.number(),
  pending: v.string(),
  pendingAt: v.number(),
  starts: numbers,
  firstStart: v.number(),
  firstTimeMs: v.optional(v.number()),
  splitter: v.object({
    carry: v.string(),
    carryAt: v.number(),
    middle: v.boolean(),
    count: v.number(),
    open: v.boolean(),
    told: v.boolean(),
    start: v.number(),
    startResume: v.optional(resume),
    stream: v.string(),
    early: v.boolean(),
  }),
  sections: list(
    v.object({
      id: v.number(),
      name: v.string(),
      line: v.number(),
      endLine: v.exactOptional(v.number()),
      depth: v.number(),
      parent: v.exactOptional(v.number()),
      startedSeconds: v.number(),
      endedSeconds: v.exactOptional(v.number()),
      cut: v.exactOptional(v.boolean()),
      collapsed: v.boolean(),
      hideDuration: v.boolean(),
    }),
  ),
  openSections: numbers,
  problems: list(v.object({ line: v.number(), text: v.string(), final: v.boolean() })),
  blocks: v.object({
    from: v.number(),
    lines: numbers,
    offsets: numbers,
    middles: numbers,
    styles: list(style),
    styleOf: numbers,
  }),
}) satisfies v.GenericSchema<unknown, LogIndexState>;

export const foundMatchesSchema = v.object({
  lines: numbers,
  counts: numbers,
  /** The first line that was looked at: what was found from there on before is found anew. */
  fromLine: v.number(),
  /** Where to go on; the last block is looked at again when the log has grown. */
  nextBlock: v.number(),
  /** Bytes of the log up to there. */
  size: v.number(),
  done: v.boolean(),
});
export type FoundMatches = v.InferOutput<typeof foundMatchesSchema>;
