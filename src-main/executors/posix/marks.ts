const zero = 0;
const empty = Buffer.alloc(0);

/** Finds the mark that ends a script in one output stream. Only what may be the beginning of a mark is held back. */
export interface MarkFinder {
  /** Bytes of the script before the mark; `code` once the mark has come whole. */
  take(chunk: Buffer): { readonly data: Buffer; readonly code?: number };
  /** What was held back, when the stream ended without a mark. */
  rest(): Buffer;
}

export function createMarkFinder(mark: string): MarkFinder {
  const start = Buffer.from(`\0${mark}:`);
  let held = empty;
  return {
    take(chunk) {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = empty;
      const found = data.indexOf(start);
      if (found !== -1) {
        const end = data.indexOf(zero, found + start.length);
        if (end === -1) {
          held = Buffer.from(data.subarray(found));
          return { data: data.subarray(0, found) };
        }
        const code = Number(data.toString('latin1', found + start.length, end));
        held = Buffer.from(data.subarray(end + 1));
        return { data: data.subarray(0, found), code };
      }
      const hold = partialStart(data, start);
      if (hold === data.length) return { data };
      held = Buffer.from(data.subarray(hold));
      return { data: data.subarray(0, hold) };
    },
    rest() {
      const data = held;
      held = empty;
      return data;
    },
  };
}

/** Where an end of `data` begins that is a beginning of `start`. */
function partialStart(data: Buffer, start: Buffer): number {
  let at = data.indexOf(zero, Math.max(0, data.length - start.length + 1));
  while (at !== -1) {
    if (start.compare(data, at, data.length, 0, data.length - at) === 0) return at;
    at = data.indexOf(zero, at + 1);
  }
  return data.length;
}
