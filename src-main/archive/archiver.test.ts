import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { itWith } from '../../test/support/require.ts';
import { createArchiver } from './archiver.ts';
import { bundleWorker } from './testing/worker-bundle.ts';
import type { Archiver, CompressionLevel, Selection } from './types.ts';

let worker: Awaited<ReturnType<typeof bundleWorker>>;
beforeAll(async () => {
  worker = await bundleWorker();
});
afterAll(() => worker.remove());

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'archive-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const pseudoRandom = (bytes: number, seed = 1): Buffer => {
  const data = Buffer.alloc(bytes);
  let state = seed;
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[i] = state >>> 16;
  }
  return data;
};

/** Text, random bytes, an empty file, a program, links, an empty folder, odd names, one file above a piece. */
async function makeTree(folder: string): Promise<void> {
  await mkdir(join(folder, 'out/deep/empty'), { recursive: true });
  await writeFile(join(folder, 'out/text.txt'), 'hello world\n'.repeat(5000));
  await writeFile(join(folder, 'out/tiny'), 'x');
  await writeFile(join(folder, 'out/nothing'), '');
  await writeFile(join(folder, 'out/deep/random'), pseudoRandom(200_000));
  await writeFile(join(folder, 'out/deep/größe ☃'), 'ü');
  await writeFile(
    join(folder, 'out/large'),
    Buffer.concat([pseudoRandom(1_500_000), Buffer.from('abc\n'.repeat(700_000))]),
  );
  await writeFile(join(folder, 'out/run'), '#!/bin/sh\n');
  await chmod(join(folder, 'out/run'), 0o755);
  await symlink('text.txt', join(folder, 'out/link'));
  await utimes(join(folder, 'out/tiny'), 1_700_000_000, 1_700_000_000);
  for (let i = 0; i < 300; i++) await writeFile(join(folder, `out/deep/f${i}`), `file ${i}\n`.repeat(i));
}

async function describeTree(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const stats = await lstat(join(folder, name));
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) found[name] = `-> ${await readlink(join(folder, name))}`;
    else if (stats.isDirectory()) found[name] = `folder ${mode} ${Math.floor(stats.mtimeMs / 1000)}`;
    else {
      const { createHash } = await import('node:crypto');
      const hash = createHash('sha1')
        .update(await readFile(join(folder, name)))
        .digest('hex');
      found[name] = `${mode} ${Math.floor(stats.mtimeMs / 1000)} ${hash}`;
    }
  }
  return found;
}

describe.each([
  { why: 'in the calling thread', threaded: false },
  { why: 'in worker threads', threaded: true },
])('archiver $why', ({ threaded }) => {
  let archiver: Archiver;
  beforeEach(() => {
    archiver = createArchiver(threaded ? { workerPath: worker.path, threads: 2 } : {});
  });
  afterEach(() => archiver.close());

  const selectAll = async (folder: string): Promise<Selection> =>
    archiver.select({ folder, paths: ['out'], exclude: [] });
  const pack = async (level: CompressionLevel = 'default'): Promise<string> => {
    const folder = join(root, 'from');
    await makeTree(folder);
    const output = join(root, 'a.zip');
    await archiver.write({ format: 'zip', folder, selection: await selectAll(folder), output, level });
    return output;
  };

  it.each(['fastest', 'fast', 'default', 'slow', 'slowest'] as const)(
    'a tree comes back as it was, level %s',
    async (level) => {
      const archive = await pack(level);
      await archiver.extract({ archive, folder: join(root, 'to') });
      expect(await describeTree(join(root, 'to'))).toEqual(await describeTree(join(root, 'from')));
    },
  );

  it('the stream holds the same bytes as the file', async () => {
    const archive = await pack();
    const folder = join(root, 'from');
    const stream = archiver.stream({ format: 'zip', folder, selection: await selectAll(folder), level: 'default' });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(await readFile(archive))).toBe(true);
  });

  it('staging: all of it arrives, the files that were there stay', async () => {
    const archive = await pack();
    await mkdir(join(root, 'to/out'), { recursive: true });
    await writeFile(join(root, 'to/out/mine'), 'mine');
    await writeFile(join(root, 'to/out/tiny'), 'old');
    await archiver.extract({ archive, folder: join(root, 'to'), staging: join(root, 'staging') });
    expect(await readFile(join(root, 'to/out/mine'), 'utf8')).toBe('mine');
    expect(await readFile(join(root, 'to/out/tiny'), 'utf8')).toBe('x');
    expect(await readdir(join(root, 'staging'))).toEqual([]);
  });

  it('staging: what a folder held before is gone when all of it has a successor, never what a link in it leads to', async () => {
    const archive = await pack();
    const to = join(root, 'to');
    await archiver.extract({ archive, folder: to });
    await writeFile(join(root, 'precious'), 'precious');
    await rm(join(to, 'out/tiny'));
    await symlink(join(root, 'precious'), join(to, 'out/tiny'));
    const before = (await lstat(join(to, 'out'))).ino;
    await archiver.extract({ archive, folder: to, staging: join(root, 'staging') });
    expect(await describeTree(to)).toEqual(await describeTree(join(root, 'from')));
    expect((await lstat(join(to, 'out'))).ino).not.toBe(before);
    expect(await readFile(join(root, 'precious'), 'utf8')).toBe('precious');
    expect(await readdir(join(root, 'staging'))).toEqual([]);
  });

  it('staging: a damaged archive changes nothing', async () => {
    const archive = await pack();
    const bytes = await readFile(archive);
    bytes[400_000]! ^= 0xff;
    await writeFile(archive, bytes);
    await mkdir(join(root, 'to'));
    await expect(
      archiver.extract({ archive, folder: join(root, 'to'), staging: join(root, 'staging') }),
    ).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await expect(archiver.verify({ archive })).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect(await readdir(join(root, 'to'))).toEqual([]);
    expect(await readdir(join(root, 'staging'))).toEqual([]);
  });

  it('gzip: one member for each file, name and comment in the header', async () => {
    const folder = join(root, 'from');
    await mkdir(join(folder, 'a'), { recursive: true });
    await writeFile(join(folder, 'a/one'), 'one\n'.repeat(1000));
    await writeFile(join(folder, 'two'), pseudoRandom(1_300_000));
    const selection = await archiver.select({ folder, paths: ['a/one', 'two'], exclude: [] });
    const output = join(root, 'x.gz');
    await archiver.write({ format: 'gzip', folder, selection, output, level: 'default' });
    const bytes = await readFile(output);
    expect(gunzipSync(bytes).equals(Buffer.concat([Buffer.from('one\n'.repeat(1000)), pseudoRandom(1_300_000)]))).toBe(
      true,
    );
    expect(bytes.subarray(10, 20).toString()).toBe('one\0a/one\0');
  });

  it('raw: the file itself', async () => {
    const folder = join(root, 'from');
    await mkdir(folder);
    await writeFile(join(folder, 'a'), 'content');
    const selection = await archiver.select({ folder, paths: ['a'], exclude: [] });
    await archiver.write({ format: 'raw', folder, selection, output: join(root, 'o'), level: 'default' });
    expect(await readFile(join(root, 'o'), 'utf8')).toBe('content');
  });

  it('a file that vanished is named, and no half archive stays', async () => {
    const folder = join(root, 'from');
    await mkdir(folder);
    await writeFile(join(folder, 'a'), 'content');
    const selection = await archiver.select({ folder, paths: ['a'], exclude: [] });
    await rm(join(folder, 'a'));
    const output = join(root, 'a.zip');
    await expect(archiver.write({ format: 'zip', folder, selection, output, level: 'default' })).rejects.toMatchObject({
      code: 'ARCHIVE_SOURCE',
      message: expect.stringContaining('/a: no such file'),
    });
    await expect(lstat(output)).rejects.toThrow();
  });

  itWith('unzip', 'the folder itself is the entry ./', async () => {
    await makeTree(join(root, 'from'));
    const selection = await archiver.select({ folder: join(root, 'from'), paths: ['.'], exclude: ['out/**'] });
    const archive = join(root, 'a.zip');
    await archiver.write({ format: 'zip', folder: join(root, 'from'), selection, output: archive, level: 'default' });
    expect(execFileSync('unzip', ['-Z1', archive]).toString()).toBe('./\n');
    await mkdir(join(root, 'to'));
    await archiver.extract({ archive, folder: join(root, 'to') });
    expect(await readdir(join(root, 'to'))).toEqual([]);
  });

  it('abort leaves no file', async () => {
    const folder = join(root, 'from');
    await makeTree(folder);
    const selection = await selectAll(folder);
    const control = new AbortController();
    const output = join(root, 'a.zip');
    const writing = archiver.write({
      format: 'zip',
      folder,
      selection,
      output,
      level: 'slowest',
      signal: control.signal,
    });
    control.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
    await expect(lstat(output)).rejects.toThrow();
  });

  it('zip -> tar -> zip keeps everything', async () => {
    const archive = await pack();
    const output = new PassThrough();
    const bytes: Buffer[] = [];
    output.on('data', (chunk: Buffer) => bytes.push(chunk));
    const ended = once(output, 'end');
    await archiver.fromTar({ format: 'zip', tar: archiver.toTar({ archive }), output, level: 'default' });
    await ended;
    await writeFile(join(root, 'b.zip'), Buffer.concat(bytes));
    await archiver.extract({ archive: join(root, 'b.zip'), folder: join(root, 'to') });
    expect(await describeTree(join(root, 'to'))).toEqual(await describeTree(join(root, 'from')));
  });

  itWith('unzip', 'the unzip tool reads it', async () => {
    const archive = await pack();
    expect(execFileSync('unzip', ['-tq', archive]).toString()).toContain('No errors detected');
    execFileSync('unzip', ['-qq', archive, '-d', join(root, 'to')]);
    const [mine, theirs] = [await describeTree(join(root, 'from')), await describeTree(join(root, 'to'))];
    expect(theirs['out/run']).toEqual(mine['out/run']);
    expect(theirs['out/link']).toEqual(mine['out/link']);
    expect(Object.keys(theirs)).toEqual(Object.keys(mine));
  });

  itWith('python3', 'python reads it and finds no fault', async () => {
    const archive = await pack();
    const script = `import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))`;
    const count = (await selectAll(join(root, 'from'))).entries.length;
    expect(execFileSync('python3', ['-c', script, archive]).toString().trim()).toBe(String(count));
  });

  itWith('zip', 'archives of the zip tool are read', async () => {
    await makeTree(join(root, 'from'));
    execFileSync('zip', ['-qry', join(root, 'a.zip'), 'out'], { cwd: join(root, 'from') });
    await archiver.extract({ archive: join(root, 'a.zip'), folder: join(root, 'to') });
    expect(await describeTree(join(root, 'to'))).toEqual(await describeTree(join(root, 'from')));
  });
});
