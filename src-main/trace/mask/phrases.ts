import type { Masker } from './masker.ts';

const replacement = Buffer.from('[MASKED]');
const empty = Buffer.alloc(0);

/**
 * Replaces whole values wherever they stand, the longest first. What may be the beginning of a value is held back until
 * it is decided; nothing else is. Unlike the official masker a failed start is tried again at every later byte
 * (spec/job-lifecycle.md 9.1, known weakness).
 */
export function createPhraseMasker(phrases: readonly Buffer[]): Masker {
  let held = empty;
  const process = (data: Buffer, final: boolean): Buffer => {
    const hold = final ? data.length : holdStart(data, phrases);
    const parts: Buffer[] = [];
    const next = phrases.map((phrase) => data.indexOf(phrase));
    let at = 0;
    for (;;) {
      let best = -1;
      let start = hold;
      for (let index = 0; index < phrases.length; index += 1) {
        const phrase = phrases[index];
        if (phrase === undefined) continue;
        let found = next[index] ?? -1;
        if (found !== -1 && found < at) found = next[index] = data.indexOf(phrase, at);
        // Longest first: at the same place the earlier one of the list wins.
        if (found !== -1 && found < start) {
          start = found;
          best = index;
        }
      }
      if (best === -1) break;
      if (start > at) parts.push(data.subarray(at, start));
      parts.push(replacement);
      at = start + (phrases[best]?.length ?? 0);
    }
    const end = Math.max(at, hold);
    // A match may have eaten the beginning of what was to be held; what follows it is looked at anew.
    const rest = at > hold ? holdStart(data.subarray(at), phrases) + at : end;
    const stop = final ? data.length : rest;
    if (stop > at) parts.push(data.subarray(at, stop));
    held = stop < data.length ? Buffer.from(data.subarray(stop)) : empty;
    return parts.length === 1 ? (parts[0] ?? empty) : Buffer.concat(parts);
  };
  return {
    write: (chunk) => process(held.length === 0 ? chunk : Buffer.concat([held, chunk]), false),
    end: () => (held.length === 0 ? empty : process(held, true)),
  };
}

/** Where the longest end of `data` begins that may still become a phrase; its length when there is none. */
function holdStart(data: Buffer, phrases: readonly Buffer[]): number {
  let earliest = data.length;
  for (const phrase of phrases) {
    const first = phrase[0] ?? 0;
    let at = data.indexOf(first, Math.max(0, data.length - phrase.length + 1));
    while (at !== -1 && at < earliest) {
      const length = data.length - at;
      if (phrase.compare(data, at, data.length, 0, length) === 0) earliest = at;
      else at = data.indexOf(first, at + 1);
    }
  }
  return earliest;
}
