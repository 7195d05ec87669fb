/** The last bytes of a stream that only grows, by their places in the whole of it. */
export interface Scrollback {
  /** Bytes so far; the place of the next one. */
  readonly size: number;
  append(chunk: Uint8Array): void;
  /** From `start` on, or from the first byte that is still there; at most `most` bytes. */
  read(start: number, most: number): { readonly start: number; readonly data: Buffer };
}

export const createScrollback = (keepBytes: number): Scrollback => {
  let chunks: Buffer[] = [];
  let first = 0;
  let size = 0;
  return {
    get size() {
      return size;
    },
    append(chunk) {
      // The chunk may be used again by whoever gave it.
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      while (chunks.length > 1 && size - first - (chunks[0]?.length ?? 0) >= keepBytes)
        first += chunks.shift()?.length ?? 0;
      // Many small chunks (a program that prints letter by letter) cost more than their bytes.
      if (chunks.length > mostChunks) chunks = [Buffer.concat(chunks)];
    },
    read(wanted, most) {
      const start = Math.min(Math.max(wanted, first), size);
      const parts: Buffer[] = [];
      let at = first;
      let left = most;
      for (const chunk of chunks) {
        const from = Math.max(0, start - at);
        at += chunk.length;
        if (from >= chunk.length || left <= 0) continue;
        const part = chunk.subarray(from, from + left);
        parts.push(part);
        left -= part.length;
      }
      return { start, data: Buffer.concat(parts) };
    },
  };
};

const mostChunks = 1024;
