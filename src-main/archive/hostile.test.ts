import { existsSync, readFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArchiver } from './archiver.ts';
import { safePath } from './names.ts';
import { type HandEntry, handZip } from './testing/hand-zip.ts';
import type { Archiver } from './types.ts';

const link = 0o120777;
const folder = 0o040755;
let root: string;
let to: string;
let archiver: Archiver;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hostile-'));
  to = join(root, 'work/tree');
  await mkdir(to, { recursive: true });
  await writeFile(join(root, 'secret'), 'untouched');
  archiver = createArchiver({
    limits: { maxEntries: 1000, maxTotalBytes: 10_000_000, ratioFreeBytes: 1_000_000, maxRatio: 100 },
  });
});
afterEach(async () => {
  await archiver.close();
  await rm(root, { recursive: true, force: true });
});

const put = async (bytes: Buffer): Promise<string> => {
  const archive = join(root, 'a.zip');
  await writeFile(archive, bytes);
  return archive;
};
/** Nothing outside of the tree was written or changed. */
const expectOutsideUntouched = async () => {
  expect(await readdir(root)).toEqual(expect.arrayContaining(['secret', 'work']));
  expect((await readdir(root)).filter((name) => !['secret', 'work', 'a.zip'].includes(name))).toEqual([]);
  expect(await readdir(join(root, 'work'))).toEqual(['tree']);
  expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('untouched');
};

const bomb = deflateRawSync(Buffer.alloc(9_000_000));
describe('hostile archives', () => {
  it.each<{ why: string; entries: readonly HandEntry[]; code?: string; lies?: { count?: number } }>([
    { why: 'a name with ..', entries: [{ name: '../secret', data: 'x' }] },
    { why: 'a name with .. inside', entries: [{ name: 'a/../../../secret', data: 'x' }] },
    { why: 'an absolute name', entries: [{ name: '/tmp/x', data: 'x' }] },
    { why: 'an empty name', entries: [{ name: '', data: 'x' }] },
    { why: 'a name with NUL', entries: [{ name: 'a\0b', data: 'x' }] },
    { why: 'a link out of the tree', entries: [{ name: 'l', data: '../../secret', mode: link }] },
    { why: 'an absolute link', entries: [{ name: 'l', data: '/etc/passwd', mode: link }] },
    {
      why: 'a link that climbs through a folder',
      entries: [{ name: 'd/l', data: 'x/../../../../secret', mode: link }],
    },
    {
      why: 'a file through its own link',
      entries: [
        { name: 'l', data: 'd', mode: link },
        { name: 'l/x', data: 'x' },
      ],
    },
    {
      why: 'a file through a link, link last',
      entries: [
        { name: 'l/x', data: 'x' },
        { name: 'l', data: 'd', mode: link },
      ],
    },
    {
      why: 'a file below a file',
      entries: [
        { name: 'f', data: 'x' },
        { name: 'f/x', data: 'x' },
      ],
    },
    { why: 'a device', entries: [{ name: 'dev', mode: 0o020666 }] },
    { why: 'a checksum that does not fit', entries: [{ name: 'f', data: 'x', lies: { crc: 1 } }] },
    {
      why: 'more data than announced',
      entries: [{ name: 'f', data: deflateRawSync(Buffer.alloc(5000)), lies: { method: 8, sizeBytes: 10 } }],
    },
    {
      why: 'less data than announced',
      entries: [{ name: 'f', data: deflateRawSync(Buffer.alloc(50)), lies: { method: 8, sizeBytes: 5000 } }],
    },
    {
      why: 'data that is no deflate',
      entries: [{ name: 'f', data: Buffer.alloc(50, 0xff), lies: { method: 8, sizeBytes: 100 } }],
    },
    { why: 'sizes that contradict each other', entries: [{ name: 'f', data: 'abc', lies: { sizeBytes: 4 } }] },
    { why: 'data behind the end', entries: [{ name: 'f', data: 'abc', lies: { packedBytes: 5000, sizeBytes: 5000 } }] },
    {
      why: 'entries that overlap',
      entries: [
        { name: 'a', data: 'abc' },
        { name: 'b', data: 'abc', offset: 0 },
      ],
    },
    {
      why: 'an unknown method',
      entries: [
        { name: 'f', data: 'abc', lies: { method: 0 as 0, name: Buffer.from('g') } },
        { name: 'h', data: 'x', offset: 9 },
      ],
    },
    { why: 'fewer entries than announced', entries: [{ name: 'f', data: 'abc' }], lies: { count: 200 } },
    { why: 'too many entries', entries: [{ name: 'f', data: 'abc' }], lies: { count: 5000 }, code: 'ARCHIVE_LIMIT' },
    {
      why: 'a bomb by its ratio',
      entries: [{ name: 'f', data: bomb, lies: { method: 8, sizeBytes: 9_000_000 } }],
      code: 'ARCHIVE_LIMIT',
    },
    {
      why: 'a bomb by its size',
      entries: [{ name: 'f', data: bomb, lies: { method: 8, sizeBytes: 90_000_000 } }],
      code: 'ARCHIVE_LIMIT',
    },
    { why: 'a bomb that hides its size', entries: [{ name: 'f', data: bomb, lies: { method: 8, sizeBytes: 100 } }] },
    { why: 'an endless link', entries: [{ name: 'l', data: 'x'.repeat(9000), mode: link }] },
  ])('$why is refused', async ({ entries, lies, code = 'ARCHIVE_INVALID' }) => {
    const archive = await put(handZip(entries, lies));
    await expect(archiver.extract({ archive, folder: to })).rejects.toMatchObject({ code });
    await expect(archiver.toTar({ archive }).toArray()).rejects.toMatchObject({ code });
    await expectOutsideUntouched();
  });

  it('a link that was there before and leads out is not written through', async () => {
    await symlink(root, join(to, 'vendor'));
    const archive = await put(handZip([{ name: 'vendor/secret', data: 'x' }]));
    await expect(archiver.extract({ archive, folder: to })).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await expect(archiver.extract({ archive, folder: to, staging: join(to, '.s') })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
    expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('untouched');
  });

  it('a link that was there before and stays inside is followed', async () => {
    await mkdir(join(to, 'packages/a'), { recursive: true });
    await symlink('packages/a', join(to, 'a'));
    const archive = await put(handZip([{ name: 'a/f', data: 'x' }]));
    await archiver.extract({ archive, folder: to });
    expect(await readFile(join(to, 'packages/a/f'), 'utf8')).toBe('x');
  });

  it('a link in place of the file is replaced, its target stays', async () => {
    await symlink(join(root, 'secret'), join(to, 'f'));
    const archive = await put(handZip([{ name: 'f', data: 'new' }]));
    await archiver.extract({ archive, folder: to });
    expect((await lstat(join(to, 'f'))).isFile()).toBe(true);
    await expectOutsideUntouched();
  });

  it('links that lead out can be kept, but still nothing is written through them', async () => {
    const archive = await put(
      handZip([
        { name: 'venv/', mode: folder },
        { name: 'venv/python', data: '/usr/bin/python3', mode: link },
      ]),
    );
    await archiver.extract({ archive, folder: to, outsideLinks: 'keep' });
    expect((await lstat(join(to, 'venv/python'))).isSymbolicLink()).toBe(true);
  });

  it('the same name twice: the last one counts', async () => {
    const archive = await put(
      handZip([
        { name: 'f', data: 'one' },
        { name: 'f', data: 'two' },
      ]),
    );
    await archiver.extract({ archive, folder: to });
    expect(await readFile(join(to, 'f'), 'utf8')).toBe('two');
  });

  it('bytes of any kind are refused or unpacked inside, and never hang', async () => {
    const good = handZip([
      { name: 'a/f', data: 'hello'.repeat(50) },
      { name: 'l', data: 'a', mode: link },
      { name: 'd/', mode: folder },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        fc.nat(good.length),
        fc.boolean(),
        async (changes, cut, whole) => {
          const bytes = Buffer.from(whole ? good : good.subarray(0, cut));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const archive = await put(bytes);
          await archiver.extract({ archive, folder: to }).catch((error: unknown) => {
            expect(['ARCHIVE_INVALID', 'ARCHIVE_LIMIT', 'ARCHIVE_TARGET', 'DISK_FULL', 'NOT_SUPPORTED']).toContain(
              error instanceof Error && 'code' in error ? error.code : String(error),
            );
          });
          await expectOutsideUntouched();
          await rm(to, { recursive: true });
          await mkdir(to);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('no name that is taken leaves the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', ':', '\0', 'C') }), (name) => {
        for (const platform of ['linux', 'win32'] as const) {
          let path: string;
          try {
            path = safePath(name, platform);
          } catch {
            continue;
          }
          const parts = path.split('/');
          if (path.startsWith('/') || parts.includes('..') || (platform === 'win32' && /[\\:]/.test(path)))
            return false;
        }
        return true;
      }),
      { numRuns: 3000 },
    );
  });

  it('gzip is told apart and refused', async () => {
    const archive = await put(Buffer.from([0x1f, 0x8b, 8, 0]));
    await expect(archiver.extract({ archive, folder: to })).rejects.toThrow(
      '"gzip" format: unsupported archive format',
    );
  });

  it('nothing is there', async () => {
    await expect(archiver.extract({ archive: join(root, 'none'), folder: to })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
    expect(existsSync(join(root, 'none'))).toBe(false);
  });
});
