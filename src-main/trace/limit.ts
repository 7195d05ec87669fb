/** Cuts a log at its limit, never inside a character, and says so once. */
export interface Limit {
  /** What of `data` still goes into the log; empty once the limit was reached. */
  take(data: Buffer): Buffer;
}

const empty = Buffer.alloc(0);

/** Text and place of the notice: spec/job-lifecycle.md 9.5. */
export function createLimit(limitBytes: number): Limit {
  let left = limitBytes;
  let reached = false;
  return {
    take(data) {
      if (reached) return empty;
      if (data.length < left) {
        left -= data.length;
        return data;
      }
      reached = true;
      let cut = left;
      // Back to the first byte of the character that the limit falls into.
      while (cut > 0 && cut < data.length && ((data[cut] as number) & 0xc0) === 0x80) cut -= 1;
      const notice = `\n\x1b[33;1mJob's log exceeded limit of ${limitBytes} bytes.\nJob execution will continue but no more output will be collected.\x1b[0;m\n`;
      return Buffer.concat([data.subarray(0, cut), Buffer.from(notice)]);
    },
  };
}
