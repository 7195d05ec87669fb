import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { compileGlob, createArchiver, defaultLimits } from '../../src-main/archive/index.ts';
import { handZip } from '../../src-main/archive/testing/hand-zip.ts';
import { readDirectory } from '../../src-main/archive/zip-read.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { target } from './run.ts';

const refusals = ['ARCHIVE_INVALID', 'ARCHIVE_LIMIT', 'ARCHIVE_TARGET', 'NOT_SUPPORTED'];
const good = handZip([
  { name: 'a/f', data: 'hello'.repeat(20) },
  { name: 'l', data: 'a', mode: 0o120777 },
  { name: 'd/', mode: 0o040755 },
]);
const names = fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', ':', '\0', '..', 'C:', 'é'), maxLength: 6 });
/** Real archives with bytes changed and ends cut off, archives with names of all kinds, and noise. */
const archives = fc.oneof(
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      fc.oneof(fc.constant(good.length), fc.nat(good.length)),
    )
    .map(([changes, length]) => {
      const bytes = Buffer.from(good.subarray(0, length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      return bytes;
    }),
  fc
    .array(
      fc.record({
        name: names,
        data: fc.string({ maxLength: 9 }),
        mode: fc.constantFrom(0o100644, 0o120777, 0o040755),
      }),
      {
        maxLength: 5,
      },
    )
    .map((entries) => handZip(entries)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

let folder: string | undefined;
const place = (): string => (folder ??= mkdtempSync(join(tmpdir(), 'fuzz-zip-')));
const put = (bytes: Buffer): string => {
  const path = join(place(), 'a.zip');
  writeFileSync(path, bytes);
  return path;
};
const clean = async (): Promise<void> => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
};
let archiver: ReturnType<typeof createArchiver> | undefined;

/** `workerPath`: the bundled worker that unpacks. */
export const archiveTargets = (workerPath: string) => [
  target({
    name: 'zip reader',
    inputs: archives,
    read(bytes) {
      const file = openSync(put(bytes), 'r');
      try {
        readDirectory(file, bytes.length, defaultLimits);
      } catch (error) {
        if (!(error instanceof HarrierError) || !refusals.includes(error.code)) throw error;
      } finally {
        closeSync(file);
      }
    },
    close: clean,
  }),
  target({
    name: 'zip unpacking',
    inputs: archives,
    async read(bytes) {
      archiver ??= createArchiver({ workerPath, threads: 1 });
      const to = join(place(), 'to');
      await mkdir(to);
      try {
        await archiver.extract({ archive: put(bytes), folder: to });
      } catch (error) {
        if (!(error instanceof HarrierError) || !refusals.includes(error.code)) throw error;
      } finally {
        await rm(to, { recursive: true });
      }
    },
    async close() {
      await archiver?.close();
      archiver = undefined;
      await clean();
    },
  }),
  target({
    name: 'glob compiler',
    inputs: fc.record({
      pattern: fc.string({ unit: fc.constantFrom(...'aab/*?[]{}!^-\\,.☺', '**', '**/', '*a', '{a,'), maxLength: 40 }),
      path: fc.string({ unit: fc.constantFrom(...'aab/☺.'), maxLength: 60 }),
    }),
    read: ({ pattern, path }) => void compileGlob(pattern)?.matches(path),
  }),
];
