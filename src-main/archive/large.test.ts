import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { itWith } from '../../test/support/require.ts';
import { createArchiver } from './archiver.ts';
import { createCrcJoin } from './crc.ts';
import type { Archiver, SelectedEntry } from './types.ts';
import { centralRecord, endRecords, localRecord, methods, type ZipEntry } from './zip-format.ts';

let root: string;
let archiver: Archiver;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'large-'));
  archiver = createArchiver();
});
afterEach(async () => {
  await archiver.close();
  await rm(root, { recursive: true, force: true });
});

describe('zip64', () => {
  itWith('python3', 'more entries than 16 bits count', async () => {
    const entries = Array.from(
      { length: 66_000 },
      (_, index): SelectedEntry => ({ path: `d${index}`, kind: 'directory', sizeBytes: 0, mode: 0o755, mtimeMs: 1e12 }),
    );
    const output = join(root, 'a.zip');
    await archiver.write({ format: 'zip', folder: root, selection: { entries, messages: [] }, output, level: 'fast' });
    const script = 'import zipfile,sys; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))';
    expect(execFileSync('python3', ['-c', script, output]).toString().trim()).toBe('66000');
    expect(await archiver.list({ archive: output })).toHaveLength(66_000);
  });

  itWith('python3', 'offsets above 4 GiB are read (a sparse file)', async () => {
    const offset = 5 * 1024 ** 3;
    const body = Buffer.from('far away');
    const entry: ZipEntry = {
      name: Buffer.from('f'),
      mode: 0o100644,
      mtimeMs: 1e12,
      method: methods.store,
      streamed: false,
      wide: false,
      crc: crc32(body),
      packedBytes: body.length,
      sizeBytes: body.length,
    };
    const local = localRecord(entry);
    const central = centralRecord(entry, offset);
    const end = endRecords(1, central.length, offset + local.length + body.length);
    const archive = join(root, 'a.zip');
    const file = await open(archive, 'w');
    await file.write(Buffer.concat([local, body, central, end]), 0, undefined, offset);
    await file.close();
    await archiver.extract({ archive, folder: join(root, 'to') });
    expect(await readFile(join(root, 'to/f'), 'utf8')).toBe('far away');
    const script = 'import zipfile,sys; print(zipfile.ZipFile(sys.argv[1]).read("f").decode())';
    expect(execFileSync('python3', ['-c', script, archive]).toString().trim()).toBe('far away');
  });
});

describe('checksums of pieces', () => {
  it('joined they are that of the whole', () => {
    const join = createCrcJoin();
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
        const whole = Buffer.concat([first, second]);
        return join(crc32(Buffer.from(first)), crc32(Buffer.from(second)), second.length) === crc32(whole);
      }),
    );
  });
});
