import type { Masker } from './masker.ts';

/** A mark in the text after which a run of bytes is hidden. */
export interface MarkerRule {
  /** Cheap test: a chunk that holds none of these bytes sequences needs no closer look. */
  readonly hints: readonly string[];
  /** Finds a whole mark; sticky state is not used. Must have the `g` flag. */
  readonly mark: RegExp;
  /** Every spelling of a mark, lower case, for the hold-back of a beginning at the end of a chunk. */
  readonly marks: readonly string[];
  readonly ignoreCase: boolean;
  /** 1 for bytes (code < 256) that belong to the hidden run. */
  readonly hidden: Uint8Array;
  /** The run is replaced even when it is empty. */
  readonly evenEmpty: boolean;
}

const replacement = '[MASKED]';
const empty = Buffer.alloc(0);

/** Hides what follows a mark, across chunk borders. The mark itself stays. */
export function createMarkerMasker(rule: MarkerRule): Masker {
  let held = empty;
  let state: 'text' | 'afterMark' | 'inRun' = 'text';

  const process = (data: Buffer, final: boolean): Buffer => {
    if (state === 'text' && !rule.hints.some((hint) => data.includes(hint))) {
      const hold = final ? data.length : holdStart(data, rule);
      held = hold < data.length ? Buffer.from(data.subarray(hold)) : empty;
      return hold === data.length ? data : data.subarray(0, hold);
    }
    const text = data.toString('latin1');
    let output = '';
    let at = 0;
    for (;;) {
      if (state !== 'text') {
        const start = at;
        while (at < text.length && rule.hidden[text.charCodeAt(at)] === 1) at += 1;
        if (state === 'afterMark' && (at > start || (rule.evenEmpty && at < text.length))) {
          output += replacement;
          state = 'inRun';
        }
        if (at === text.length) break;
        state = 'text';
      }
      rule.mark.lastIndex = at;
      const match = rule.mark.exec(text);
      if (match === null) break;
      const end = match.index + match[0].length;
      output += text.slice(at, end);
      at = end;
      state = 'afterMark';
    }
    const stop = state !== 'text' || final ? text.length : Math.max(at, holdStart(data, rule));
    output += text.slice(at, stop);
    if (final && state === 'afterMark' && rule.evenEmpty) output += replacement;
    held = stop < data.length ? Buffer.from(data.subarray(stop)) : empty;
    return Buffer.from(output, 'latin1');
  };
  return {
    write: (chunk) => process(held.length === 0 ? chunk : Buffer.concat([held, chunk]), false),
    end: () => (held.length === 0 && state === 'text' ? empty : process(held, true)),
  };
}

/** Where the longest end of `data` begins that is the beginning of a mark. */
function holdStart(data: Buffer, { marks, ignoreCase }: MarkerRule): number {
  const longest = Math.min(data.length, marks.reduce((most, mark) => Math.max(most, mark.length), 0) - 1);
  const tail = data.toString('latin1', data.length - longest);
  const text = ignoreCase ? tail.toLowerCase() : tail;
  for (let start = 0; start < text.length; start += 1) {
    const length = text.length - start;
    for (const mark of marks)
      if (mark.length > length && mark.startsWith(text.slice(start))) return data.length - length;
  }
  return data.length;
}
