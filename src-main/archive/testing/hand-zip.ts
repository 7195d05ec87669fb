import { crc32 } from 'node:zlib';
import { centralRecord, endRecords, localRecord, methods, type ZipEntry } from '../zip-format.ts';

export interface HandEntry {
  readonly name: string;
  readonly data?: string | Buffer;
  readonly mode?: number;
  /** Lies: values of the records that do not fit the data. */
  readonly lies?: Partial<ZipEntry>;
  /** A place in the file instead of the real one. */
  readonly offset?: number;
}

/** A zip by hand, also one that no honest tool would make. */
export function handZip(entries: readonly HandEntry[], lies: { readonly count?: number } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data = '', mode = 0o100644, lies: own, offset } of entries) {
    const body = Buffer.from(data);
    const entry: ZipEntry = {
      name: Buffer.from(name),
      mode,
      mtimeMs: 1_700_000_000_000,
      method: methods.store,
      streamed: false,
      wide: false,
      crc: crc32(body),
      packedBytes: body.length,
      sizeBytes: body.length,
      ...own,
    };
    directory.push(centralRecord(entry, offset ?? at));
    if (offset !== undefined) continue;
    const local = localRecord(entry);
    parts.push(local, body);
    at += local.length + body.length;
  }
  const list = Buffer.concat(directory);
  return Buffer.concat([...parts, list, endRecords(lies.count ?? entries.length, list.length, at)]);
}
