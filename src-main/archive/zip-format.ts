import { folderName } from './names.ts';

/**
 * Records of a zip file as Go's archive/zip writes them (APPNOTE 6.3.10; zip64 only where a number needs it).
 * Made by Unix, UTF-8 names, extended timestamp (0x5455) and, when known, owner (0x7875).
 */
export const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  descriptor: 0x08074b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;
export const methods = { store: 0, deflate: 8, zstd: 93 } as const;
export type Method = (typeof methods)[keyof typeof methods];
export const max16 = 0xffff;
export const max32 = 0xffff_ffff;

export interface ZipEntry {
  /** Bytes of the name; folders end with `/`. */
  readonly name: Buffer;
  /** File type and permissions as `st_mode` has them. */
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly method: Method;
  /** Sizes and checksum follow the data, since they were not known before. */
  readonly streamed: boolean;
  /** The local record announces 8-byte sizes behind the data. */
  readonly wide: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

const fileTypes = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;
export const zipMode = (kind: keyof typeof fileTypes, mode: number): number => fileTypes[kind] | (mode & 0o7777);
export const zipName = (path: string, kind: keyof typeof fileTypes): Buffer =>
  Buffer.from(kind === 'directory' ? folderName(path) : path);

/** Most bytes that the local record of this name takes. */
export const localRecordBound = (nameBytes: number): number => 30 + nameBytes + 9 + 15 + 20;

/** Writes the local record at `at`; answers where it ends. */
export function writeLocalRecord(out: Buffer, at: number, entry: ZipEntry): number {
  const extra = extraOf(
    entry,
    entry.wide ? wideSizes(entry.streamed ? 0 : entry.sizeBytes, entry.streamed ? 0 : entry.packedBytes) : undefined,
  );
  out.writeUInt32LE(signatures.local, at);
  out.writeUInt16LE(versionNeeded(entry), at + 4);
  out.writeUInt16LE(flagsOf(entry), at + 6);
  out.writeUInt16LE(entry.method, at + 8);
  out.writeUInt32LE(dosTime(entry.mtimeMs), at + 10);
  out.writeUInt32LE(entry.streamed ? 0 : entry.crc, at + 14);
  out.writeUInt32LE(entry.wide ? max32 : entry.streamed ? 0 : entry.packedBytes, at + 18);
  out.writeUInt32LE(entry.wide ? max32 : entry.streamed ? 0 : entry.sizeBytes, at + 22);
  out.writeUInt16LE(entry.name.length, at + 26);
  out.writeUInt16LE(extra.length, at + 28);
  entry.name.copy(out, at + 30);
  extra.copy(out, at + 30 + entry.name.length);
  return at + 30 + entry.name.length + extra.length;
}

export function localRecord(entry: ZipEntry): Buffer {
  const out = Buffer.alloc(localRecordBound(entry.name.length));
  return out.subarray(0, writeLocalRecord(out, 0, entry));
}

/** What follows the data of a streamed entry. */
export function descriptor(entry: ZipEntry): Buffer {
  const out = Buffer.alloc(entry.wide ? 24 : 16);
  out.writeUInt32LE(signatures.descriptor, 0);
  out.writeUInt32LE(entry.crc, 4);
  if (entry.wide) {
    out.writeBigUInt64LE(BigInt(entry.packedBytes), 8);
    out.writeBigUInt64LE(BigInt(entry.sizeBytes), 16);
  } else {
    out.writeUInt32LE(entry.packedBytes, 8);
    out.writeUInt32LE(entry.sizeBytes, 12);
  }
  return out;
}

export function centralRecord(entry: ZipEntry, offset: number): Buffer {
  const wide: number[] = [];
  const narrow = (value: number): number => {
    if (value < max32) return value;
    wide.push(value);
    return max32;
  };
  const size = narrow(entry.sizeBytes);
  const packed = narrow(entry.packedBytes);
  const start = narrow(offset);
  const extra = extraOf(entry, wide.length > 0 ? wideExtra(wide) : undefined);
  const out = Buffer.alloc(46 + entry.name.length + extra.length);
  out.writeUInt32LE(signatures.central, 0);
  out.writeUInt16LE((3 << 8) | (wide.length > 0 ? 45 : 20), 4);
  out.writeUInt16LE(wide.length > 0 ? 45 : versionNeeded(entry), 6);
  out.writeUInt16LE(flagsOf(entry), 8);
  out.writeUInt16LE(entry.method, 10);
  out.writeUInt32LE(dosTime(entry.mtimeMs), 12);
  out.writeUInt32LE(entry.crc, 16);
  out.writeUInt32LE(packed, 20);
  out.writeUInt32LE(size, 24);
  out.writeUInt16LE(entry.name.length, 28);
  out.writeUInt16LE(extra.length, 30);
  const isFolder = (entry.mode & 0o170000) === fileTypes.directory;
  out.writeUInt32LE(((entry.mode << 16) | (isFolder ? 0x10 : 0)) >>> 0, 38);
  out.writeUInt32LE(start, 42);
  entry.name.copy(out, 46);
  extra.copy(out, 46 + entry.name.length);
  return out;
}

/** The end of the file, with the zip64 records when one of the numbers needs them. */
export function endRecords(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const needs64 = count >= max16 || directoryBytes >= max32 || directoryOffset >= max32;
  const out = Buffer.alloc(22 + (needs64 ? 76 : 0));
  let at = 0;
  if (needs64) {
    out.writeUInt32LE(signatures.end64, 0);
    out.writeBigUInt64LE(44n, 4);
    out.writeUInt16LE((3 << 8) | 45, 12);
    out.writeUInt16LE(45, 14);
    out.writeBigUInt64LE(BigInt(count), 24);
    out.writeBigUInt64LE(BigInt(count), 32);
    out.writeBigUInt64LE(BigInt(directoryBytes), 40);
    out.writeBigUInt64LE(BigInt(directoryOffset), 48);
    out.writeUInt32LE(signatures.locator64, 56);
    out.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64);
    out.writeUInt32LE(1, 72);
    at = 76;
  }
  out.writeUInt32LE(signatures.end, at);
  out.writeUInt16LE(Math.min(count, max16), at + 8);
  out.writeUInt16LE(Math.min(count, max16), at + 10);
  out.writeUInt32LE(Math.min(directoryBytes, max32), at + 12);
  out.writeUInt32LE(Math.min(directoryOffset, max32), at + 16);
  return out;
}

const versionNeeded = (entry: ZipEntry): number => (entry.method === methods.zstd ? 63 : entry.wide ? 45 : 20);
const flagsOf = (entry: ZipEntry): number => (entry.streamed ? 0x8 : 0) | (isAscii(entry.name) ? 0 : 0x800);

function isAscii(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}

/** MS-DOS date and time in one number, UTC as in Go; two-second steps, 1980 to 2107. */
export function dosTime(mtimeMs: number): number {
  const date = new Date(mtimeMs);
  const year = date.getUTCFullYear();
  if (!(year >= 1980)) return 0x0021_0000;
  if (year > 2107) return 0xff9f_bf7d;
  const day = ((year - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}

function extraOf(entry: ZipEntry, wide: Buffer | undefined): Buffer {
  const owned = entry.uid !== undefined && entry.gid !== undefined;
  const extra = Buffer.alloc(9 + (owned ? 15 : 0) + (wide?.length ?? 0));
  extra.writeUInt16LE(0x5455, 0);
  extra.writeUInt16LE(5, 2);
  extra[4] = 1;
  extra.writeInt32LE(clampInt32(Math.floor(entry.mtimeMs / 1000)), 5);
  let at = 9;
  if (owned) {
    extra.writeUInt16LE(0x7875, at);
    extra.writeUInt16LE(11, at + 2);
    extra[at + 4] = 1;
    extra[at + 5] = 4;
    extra.writeUInt32LE(entry.uid! >>> 0, at + 6);
    extra[at + 10] = 4;
    extra.writeUInt32LE(entry.gid! >>> 0, at + 11);
    at += 15;
  }
  wide?.copy(extra, at);
  return extra;
}

const wideSizes = (sizeBytes: number, packedBytes: number): Buffer => wideExtra([sizeBytes, packedBytes]);

function wideExtra(values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 + 8 * values.length);
  out.writeUInt16LE(1, 0);
  out.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) out.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return out;
}

const clampInt32 = (value: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
