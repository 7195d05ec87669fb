import { isUtf8 } from 'node:buffer';

const empty = Buffer.alloc(0);
const replacement = [0xef, 0xbf, 0xbd];

/** Makes a stream valid UTF-8: each bad byte becomes U+FFFD, a character cut by a chunk border is put together again. */
export interface Utf8Repair {
  write(chunk: Buffer): Buffer;
  end(): Buffer;
}

export function createUtf8Repair(): Utf8Repair {
  let held = empty;
  return {
    write(chunk) {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const cut = data.length - unfinishedBytes(data);
      held = cut < data.length ? Buffer.from(data.subarray(cut)) : empty;
      const whole = cut < data.length ? data.subarray(0, cut) : data;
      return isUtf8(whole) ? whole : repair(whole);
    },
    end() {
      const rest = held.length === 0 ? empty : repair(held);
      held = empty;
      return rest;
    },
  };
}

/** Bytes at the end that begin a character whose rest may still come (0 to 3). */
function unfinishedBytes(data: Buffer): number {
  for (let back = 1; back <= 3 && back <= data.length; back += 1) {
    const byte = data[data.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    return lengthOf(byte) > back && isStart(data, data.length - back, back) ? back : 0;
  }
  return 0;
}

/** Bytes of the character that begins with this byte; 0 when none does. */
const lengthOf = (byte: number): number => {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
};

/** Whether `count` bytes at `at` are a valid beginning of a character (RFC 3629, table of well-formed sequences). */
function isStart(data: Buffer, at: number, count: number): boolean {
  const first = data[at] as number;
  for (let i = 1; i < count; i += 1) {
    const byte = data[at + i] as number;
    let low = 0x80;
    let high = 0xbf;
    if (i === 1) {
      if (first === 0xe0) low = 0xa0;
      else if (first === 0xed) high = 0x9f;
      else if (first === 0xf0) low = 0x90;
      else if (first === 0xf4) high = 0x8f;
    }
    if (byte < low || byte > high) return false;
  }
  return true;
}

function repair(data: Buffer): Buffer {
  const output = Buffer.allocUnsafe(data.length * 3);
  let to = 0;
  for (let at = 0; at < data.length; ) {
    const length = lengthOf(data[at] as number);
    if (length > 0 && at + length <= data.length && isStart(data, at, length)) {
      for (let i = 0; i < length; i += 1) output[to++] = data[at + i] as number;
      at += length;
    } else {
      for (const byte of replacement) output[to++] = byte;
      at += 1;
    }
  }
  return output.subarray(0, to);
}
