import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, damaged, sourceError } from './failures.ts';
import { checkLimits } from './limits.ts';
import { quoted, safePath } from './names.ts';
import type { ArchiveLimits } from './types.ts';
import { max16, max32, methods, signatures } from './zip-format.ts';

/** An entry as the central directory has it, checked. */
export interface ReadEntry {
  /** Below the target folder, without a trailing slash. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly offset: number;
  readonly nameBytes: number;
}

/** Opens the archive for reading; the caller closes. */
export function openArchive(archive: string): { readonly file: number; readonly sizeBytes: number } {
  try {
    const file = openSync(archive, 'r');
    return { file, sizeBytes: fstatSync(file).size };
  } catch (error) {
    throw codeOf(error) === 'ENOENT'
      ? damaged(`there is no archive at ${archive}`, error)
      : sourceError(archive, error);
  }
}

export function withArchive<Result>(archive: string, use: (file: number, sizeBytes: number) => Result): Result {
  const { file, sizeBytes } = openArchive(archive);
  try {
    return use(file, sizeBytes);
  } finally {
    closeSync(file);
  }
}

/** Exactly these bytes, or ARCHIVE_INVALID: what is announced must be there. */
export function readExactly(file: number, offset: number, length: number): Buffer {
  const data = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(file, data, filled, length - filled, offset + filled);
    if (read === 0) throw damaged('the archive ends too early');
    filled += read;
  }
  return data;
}

/**
 * Every entry in the order of the central directory. Refuses names that leave the folder, unknown methods, encryption,
 * entries that overlap (the trick of zip bombs) and what is above the limits. Sixty-four bit sizes are read.
 */
export function readDirectory(file: number, sizeBytes: number, limits: ArchiveLimits): readonly ReadEntry[] {
  const end = findEnd(file, sizeBytes);
  if (end.directoryOffset + end.directoryBytes > sizeBytes) throw damaged('the archive has no readable directory');
  checkLimits(limits, { entries: end.count, totalBytes: 0, packedBytes: sizeBytes });
  // A record takes 46 bytes at least: a count that does not fit is a lie, found before anything is allocated for it.
  if (end.count * 46 > end.directoryBytes) throw damaged('the archive has fewer entries than it announces');
  const directory = readExactly(file, end.directoryOffset, end.directoryBytes);
  const entries: ReadEntry[] = [];
  let at = 0;
  let totalBytes = 0;
  for (let index = 0; index < end.count; index++) {
    const { entry, next } = readRecord(directory, at);
    at = next;
    totalBytes += entry.sizeBytes;
    entries.push(entry);
  }
  checkLimits(limits, { entries: entries.length, totalBytes, packedBytes: sizeBytes });
  refuseOverlaps(entries, end.directoryOffset);
  return entries;
}

interface End {
  readonly count: number;
  readonly directoryBytes: number;
  readonly directoryOffset: number;
}

function findEnd(file: number, sizeBytes: number): End {
  const tailBytes = Math.min(sizeBytes, 22 + max16 + 20);
  const tail = readExactly(file, sizeBytes - tailBytes, tailBytes);
  for (let at = tailBytes - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== signatures.end || at + 22 + tail.readUInt16LE(at + 20) !== tailBytes) continue;
    const plain: End = {
      count: tail.readUInt16LE(at + 10),
      directoryBytes: tail.readUInt32LE(at + 12),
      directoryOffset: tail.readUInt32LE(at + 16),
    };
    const isWide = plain.count === max16 || plain.directoryBytes === max32 || plain.directoryOffset === max32;
    const locator = at - 20;
    if (!isWide || locator < 0 || tail.readUInt32LE(locator) !== signatures.locator64) return plain;
    return readEnd64(file, sizeBytes, safeNumber(tail.readBigUInt64LE(locator + 8)));
  }
  throw damaged('this is no zip archive, or its end is missing');
}

function readEnd64(file: number, sizeBytes: number, offset: number): End {
  if (offset + 56 > sizeBytes) throw damaged('the archive has a broken zip64 record');
  const record = readExactly(file, offset, 56);
  if (record.readUInt32LE(0) !== signatures.end64) throw damaged('the archive has a broken zip64 record');
  return {
    count: safeNumber(record.readBigUInt64LE(32)),
    directoryBytes: safeNumber(record.readBigUInt64LE(40)),
    directoryOffset: safeNumber(record.readBigUInt64LE(48)),
  };
}

function readRecord(directory: Buffer, at: number): { entry: ReadEntry; next: number } {
  if (at + 46 > directory.length || directory.readUInt32LE(at) !== signatures.central)
    throw damaged('the archive has a broken directory');
  const nameBytes = directory.readUInt16LE(at + 28);
  const extraBytes = directory.readUInt16LE(at + 30);
  const next = at + 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
  if (next > directory.length) throw damaged('the archive has a broken directory');
  const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
  const extra = readExtra(
    { data: directory, at: at + 46 + nameBytes, end: at + 46 + nameBytes + extraBytes },
    {
      sizeBytes: directory.readUInt32LE(at + 24),
      packedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    },
  );
  const method = directory.readUInt16LE(at + 10);
  if (directory.readUInt16LE(at + 8) & 1) throw damaged(`the archive is encrypted: ${quoted(name)}`);
  if (method !== methods.store && method !== methods.deflate && method !== methods.zstd)
    throw damaged(`the archive uses an unknown method (${method}): ${quoted(name)}`);
  if (method === methods.store && extra.packedBytes !== extra.sizeBytes)
    throw damaged(`the archive contradicts itself about the size of ${quoted(name)}`);
  const unixMode = directory[at + 5] === 3 || directory[at + 5] === 19 ? directory.readUInt16LE(at + 40) : 0;
  const { kind, mode } = kindOf(unixMode, name);
  return {
    next,
    entry: {
      path: safePath(name),
      kind,
      mode,
      mtimeMs: extra.mtimeMs ?? fromDosTime(directory.readUInt32LE(at + 12)),
      uid: extra.uid,
      gid: extra.gid,
      method,
      crc: directory.readUInt32LE(at + 16),
      packedBytes: extra.packedBytes,
      sizeBytes: extra.sizeBytes,
      offset: extra.offset,
      nameBytes,
    },
  };
}

function kindOf(unixMode: number, name: string): Pick<ReadEntry, 'kind' | 'mode'> {
  const type = unixMode & 0o170000;
  const isFolder = name.endsWith('/') || type === 0o040000;
  if (type === 0o120000 && !name.endsWith('/')) return { kind: 'symlink', mode: 0o777 };
  if (type !== 0 && type !== 0o100000 && type !== 0o040000)
    throw damaged(`the archive has a device or a pipe: ${quoted(name)}`);
  const mode = unixMode & 0o7777;
  if (isFolder) return { kind: 'directory', mode: mode || 0o755 };
  return { kind: 'file', mode: unixMode === 0 ? 0o644 : mode };
}

interface Extra {
  sizeBytes: number;
  packedBytes: number;
  offset: number;
  mtimeMs: number | undefined;
  uid: number | undefined;
  gid: number | undefined;
}
type PlainSizes = Pick<Extra, 'sizeBytes' | 'packedBytes' | 'offset'>;

/** A part of a buffer, without the object that a view of it would be: there is one for each of many thousand entries. */
interface Part {
  readonly data: Buffer;
  readonly at: number;
  readonly end: number;
}

/** Zip64 numbers come in a fixed order, each only where the plain field is full. */
function readExtra({ data, at: start, end }: Part, plain: PlainSizes): Extra {
  // Spelled out: V8 makes a hidden class of its own for each object that is spread and added to.
  const { sizeBytes, packedBytes, offset } = plain;
  const found: Extra = { sizeBytes, packedBytes, offset, mtimeMs: undefined, uid: undefined, gid: undefined };
  for (let at = start; at + 4 <= end; ) {
    const id = data.readUInt16LE(at);
    const from = at + 4;
    const to = Math.min(end, from + data.readUInt16LE(at + 2));
    at = from + data.readUInt16LE(at + 2);
    if (id === 0x0001) readWide({ data, at: from, end: to }, plain, found);
    else if (id === 0x5455 && to - from >= 5 && (data[from]! & 1) === 1)
      found.mtimeMs = data.readInt32LE(from + 1) * 1000;
    else if (id === 0x7875 && to > from && data[from] === 1) readOwner({ data, at: from, end: to }, found);
  }
  return found;
}

function readWide({ data, at, end }: Part, plain: PlainSizes, found: Extra): void {
  let from = at;
  for (const key of ['sizeBytes', 'packedBytes', 'offset'] as const) {
    if (plain[key] !== max32) continue;
    if (from + 8 > end) throw damaged('the archive has a broken zip64 field');
    found[key] = safeNumber(data.readBigUInt64LE(from));
    from += 8;
  }
}

function readOwner({ data, at, end }: Part, found: Extra): void {
  const length = end - at;
  const uidBytes = length > 1 ? data[at + 1]! : 0;
  const gidBytes = length > 2 + uidBytes ? data[at + 2 + uidBytes]! : 0;
  if (uidBytes < 1 || uidBytes > 6 || gidBytes < 1 || gidBytes > 6 || length < 3 + uidBytes + gidBytes) return;
  found.uid = data.readUIntLE(at + 2, uidBytes);
  found.gid = data.readUIntLE(at + 3 + uidBytes, gidBytes);
}

function refuseOverlaps(entries: readonly ReadEntry[], directoryOffset: number): void {
  let end = 0;
  let sorted = true;
  for (const entry of entries) {
    if (entry.offset < end) sorted = false;
    end = entry.offset + 30 + entry.nameBytes + entry.packedBytes;
    if (end > directoryOffset) throw damaged(`the archive ends too early: ${quoted(entry.path)}`);
  }
  if (sorted) return;
  end = 0;
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (entry.offset < end) throw damaged(`the archive has entries that overlap: ${quoted(entry.path)}`);
    end = entry.offset + 30 + entry.nameBytes + entry.packedBytes;
  }
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('the archive has an impossible size');
  return Number(value);
}

function fromDosTime(value: number): number {
  const date = value >>> 16;
  return Date.UTC(
    1980 + (date >> 9),
    ((date >> 5) & 15) - 1,
    date & 31,
    (value >> 11) & 31,
    (value >> 5) & 63,
    (value & 31) * 2,
  );
}
