import { basename } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import { createSweep } from '../base/memory.ts';
import { createCrcJoin } from './crc.ts';
import { inOrder } from './order.ts';
import type { Pool } from './pool.ts';
import { lastBlock } from './squeeze.ts';
import type { SelectedEntry } from './types.ts';
import { isSmall, pieceBytes } from './zip-writer.ts';

/** GitLab Runner ignores the compression level for gzip; this is Go's default. */
export const gzipLevel = 6;

type Step =
  | { readonly kind: 'start' | 'end'; readonly entry: SelectedEntry }
  | { readonly kind: 'piece'; readonly entry: SelectedEntry; readonly offset: number; readonly length: number };

/**
 * One gzip member for each file, one behind the other (spec/job-lifecycle.md 7.1): name = base name, comment = path.
 * A folder or a link is an error.
 */
export async function* gzipFiles(
  pool: Pool,
  entries: readonly SelectedEntry[],
  options: { readonly folder: string; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  refuseOthers(entries);
  const here = isSmall(entries);
  const joinCrc = createCrcJoin();
  const sweep = createSweep();
  let crc = 0;
  let sizeBytes = 0;
  const work = async (step: Step) => {
    options.signal?.throwIfAborted();
    if (step.kind !== 'piece') return undefined;
    const { offset, length, entry } = step;
    const path = `${options.folder}/${entry.path}`;
    return await pool.run('piece', { path, offset, length, level: gzipLevel, zstd: false }, { here });
  };
  for await (const { item, result } of inOrder(plan(entries), pool.width * 2 + 1, work)) {
    options.signal?.throwIfAborted();
    if (item.kind === 'start') {
      crc = 0;
      sizeBytes = 0;
      yield header(item.entry);
    } else if (result) {
      crc = joinCrc(crc, result.crc, result.sizeBytes);
      sizeBytes += result.sizeBytes;
      yield result.bytes;
      sweep({ bytes: result.bytes.length });
    } else yield trailer(crc, sizeBytes);
  }
}

export function refuseOthers(entries: readonly SelectedEntry[]): void {
  const other = entries.find(({ kind }) => kind !== 'file');
  if (other) throw new HarrierError('INPUT_INVALID', `the "${other.path || '.'}" is not a regular file`);
}

function* plan(entries: readonly SelectedEntry[]): Generator<Step> {
  for (const entry of entries) {
    yield { kind: 'start', entry };
    for (let offset = 0; offset < entry.sizeBytes; offset += pieceBytes)
      yield { kind: 'piece', entry, offset, length: Math.min(pieceBytes, entry.sizeBytes - offset) };
    yield { kind: 'end', entry };
  }
}

/** RFC 1952: flags name and comment, time of the file, operating system "unknown" as Go writes it. */
export function header(entry: SelectedEntry): Buffer {
  const fixed = Buffer.from([0x1f, 0x8b, 8, 0x18, 0, 0, 0, 0, 0, 0xff]);
  fixed.writeUInt32LE(Math.max(0, Math.floor(entry.mtimeMs / 1000)) >>> 0, 4);
  return Buffer.concat([fixed, headerText(basename(entry.path)), headerText(entry.path)]);
}

export function trailer(crc: number, sizeBytes: number): Buffer {
  const out = Buffer.alloc(lastBlock.length + 8);
  lastBlock.copy(out);
  out.writeUInt32LE(crc, lastBlock.length);
  out.writeUInt32LE(sizeBytes % 2 ** 32, lastBlock.length + 4);
  return out;
}

/** Header texts are Latin-1; others travel as `e:` and URL-escaped, as the official runner's do. */
function headerText(text: string): Buffer {
  const plain = /^[\x01-\x24\x26-\x7f]*$/.test(text);
  return Buffer.from(`${plain ? text : `e:${encodeURIComponent(text)}`}\0`, 'latin1');
}
