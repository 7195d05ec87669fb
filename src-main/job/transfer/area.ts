import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArchiveFormat, CompressionLevel, SelectedEntry, Selection } from '../../archive/types.ts';
import { createSweep } from '../../base/memory.ts';
import { helperLine } from './lines.ts';
import type { TransferContext } from './types.ts';

/**
 * The project directory and the cache directory of a job, wherever they are: on this machine files are used in place,
 * elsewhere they travel as tar streams.
 */
export interface Area {
  select(what: SelectWhat): Promise<Selection>;
  /** The archive as a stream. */
  pack(format: ArchiveFormat, selection: Selection, level: CompressionLevel): Readable;
  /** Unpacks an archive of this machine into the project directory; nothing is left of it when it fails. */
  unpack(archive: string, options: { readonly outsideLinks: 'refuse' | 'keep' }): Promise<void>;
  /** Content of one file in the project directory. */
  readFile(path: string): Promise<Readable>;
  writeFile(path: string, text: string, mode: number): Promise<void>;
  removeInProject(path: string): Promise<void>;
  readonly cache: CacheFiles;
}
export interface SelectWhat {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly untracked: boolean;
}
/** Files in the cache directory, by absolute path. */
export interface CacheFiles {
  mtimeMs(path: string): Promise<number | undefined>;
  readText(path: string): Promise<string | undefined>;
  writeText(path: string, text: string): Promise<void>;
  /** A path of this machine with the same content, and what takes it away again. */
  fetch(path: string): Promise<{ readonly path: string; remove(): Promise<void> }>;
  /** A temporary path of this machine for a new archive of `path`. */
  draft(path: string): Promise<string>;
  /** The draft becomes `path` in one step. */
  commit(draft: string, path: string, mtimeMs?: number): Promise<void>;
  move(from: string, to: string): Promise<void>;
}

export const createArea = (context: TransferContext): Area =>
  context.environment.files.local ? localArea(context) : remoteArea(context);

function localArea(context: TransferContext): Area {
  const { archiver, signal } = context;
  const folder = context.directories.project;
  return {
    select: async (what) => archiver.select({ folder, ...(await selectOptions(context, what)) }),
    pack: (format, selection, level) => archiver.stream({ format, folder, selection, level, signal }),
    async unpack(archive, { outsideLinks }) {
      await archiver.extract({ archive, folder, outsideLinks, staging: context.directories.temporary, signal });
    },
    readFile: async (path) => createReadStream(join(folder, path)),
    writeFile: (path, text, mode) => writeFile(join(folder, path), text, { mode }),
    removeInProject: (path) => rm(join(folder, path), { recursive: true, force: true }),
    cache: {
      mtimeMs: async (path) => (await stat(path).catch(() => undefined))?.mtimeMs,
      readText: (path) => readText(createReadStream(path)).catch(() => undefined),
      async writeText(path, text) {
        await writeFile(path, text, { mode: 0o640 });
        await chmod(path, 0o640);
      },
      fetch: async (path) => ({ path, remove: async () => {} }),
      async draft(path) {
        const parent = posix.dirname(path);
        await mkdir(parent, { recursive: true, mode: 0o700 });
        return join(parent, `archive_${crypto.randomUUID()}`);
      },
      async commit(draft, path, mtimeMs) {
        if (mtimeMs !== undefined) await utimes(draft, mtimeMs / 1000, mtimeMs / 1000);
        await rename(draft, path);
      },
      async move(from, to) {
        await mkdir(posix.dirname(to), { recursive: true, mode: 0o700 });
        await rename(from, to);
      },
    },
  };
}

function remoteArea(context: TransferContext): Area {
  const { archiver, signal } = context;
  const { files } = context.environment;
  const folder = context.directories.project;
  const inside = (path: string) => posix.join(folder, path);
  const draftPath = () => join(context.jobFolder, `archive_${crypto.randomUUID()}`);
  return {
    async select(what) {
      const options = { folder, ...(await selectOptions(context, what)) };
      const listed = await listFor(context, options);
      const selection = archiver.selectFrom(listed, options);
      createSweep()({ entries: listed.length });
      return selection;
    },
    pack(format, selection, level) {
      const output = new PassThrough();
      const paths = selection.entries.map(({ path }) => path);
      void (async () => {
        const tar = await files.readTar(folder, paths, signal);
        const readLinked = (path: string) => files.readFile(inside(path), signal);
        await archiver.fromTar({ format, tar, output, level, expected: paths.length, readLinked, signal });
      })().catch((error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error))));
      return output;
    },
    async unpack(archive, { outsideLinks }) {
      // Checked as a whole first, since what went into the other side cannot be called back.
      await archiver.verify({ archive, signal });
      await files.writeTar(folder, archiver.toTar({ archive, outsideLinks, signal }), signal);
    },
    async readFile(path) {
      const body = await files.readFile(inside(path), signal);
      if (!body) throw new Error(`${path}: no such file`);
      return body;
    },
    writeFile: (path, text, mode) =>
      files.writeFile(inside(path), Readable.from([Buffer.from(text)]), { mode, signal }),
    removeInProject: (path) => files.remove(inside(path)),
    cache: {
      mtimeMs: async (path) => (await files.stat(path))?.mtimeMs,
      async readText(path) {
        const body = await files.readFile(path, signal);
        return body && readText(body);
      },
      writeText: (path, text) => files.writeFile(path, Readable.from([Buffer.from(text)]), { mode: 0o640, signal }),
      async fetch(path) {
        const body = await files.readFile(path, signal);
        if (!body) throw new Error(`${path}: no such file`);
        const copy = draftPath();
        const remove = () => rm(copy, { force: true });
        try {
          await pipeline(body, createWriteStream(copy, { mode: 0o600 }), { signal });
        } catch (error) {
          await remove();
          throw error;
        }
        return { path: copy, remove };
      },
      draft: async () => draftPath(),
      async commit(draft, path) {
        try {
          await files.writeFile(path, createReadStream(draft), { mode: 0o600, signal });
        } finally {
          await rm(draft, { force: true });
        }
      },
      async move(from, to) {
        const body = await files.readFile(from, signal);
        if (!body) return;
        await files.writeFile(to, body, { mode: 0o600, signal });
        await files.remove(from);
      },
    },
  };
}

async function selectOptions(context: TransferContext, what: SelectWhat) {
  const { paths, exclude } = what;
  if (!what.untracked) return { paths, exclude };
  const asked = await context.capture('git', ['ls-files', '-o', '-z']);
  if (asked.code !== 0) {
    context.printHelper(asked.stderr.toString() + helperLine('warning', `untracked: exit status ${asked.code ?? -1}`));
    return { paths, exclude };
  }
  return { paths, exclude, untracked: asked.stdout.toString().split('\0').filter(Boolean) };
}

/** Only what the patterns can reach is listed: the folders before their first wildcard. */
async function listFor(
  context: TransferContext,
  options: { readonly folder: string; readonly paths: readonly string[]; readonly untracked?: readonly string[] },
): Promise<SelectedEntry[]> {
  const { files } = context.environment;
  const bases = new Set(options.paths.map((pattern) => baseOf(options.folder, pattern)));
  if (options.untracked?.length) bases.add('');
  const roots = [...bases].filter((base) => ![...bases].some((other) => other !== base && isBelow(base, other)));
  const found: SelectedEntry[] = [];
  for (const base of roots) {
    const start = base === '' ? options.folder : posix.join(options.folder, base);
    const self = await files.stat(start);
    if (!self) continue;
    if (base !== '' && self.kind !== 'other') found.push({ ...self, kind: self.kind, path: base });
    if (self.kind !== 'directory') continue;
    for await (const entry of files.list(start, { signal: context.signal }))
      if (entry.kind !== 'other')
        found.push({ ...entry, kind: entry.kind, path: base === '' ? entry.path : `${base}/${entry.path}` });
  }
  return found;
}

function baseOf(folder: string, pattern: string): string {
  const inside = pattern.startsWith(`${folder}/`)
    ? pattern.slice(folder.length + 1)
    : pattern === folder
      ? ''
      : pattern;
  const parts = posix.normalize(inside).split('/');
  const wild = parts.findIndex((part) => /[*?[{\\]/.test(part));
  const literal = (wild < 0 ? parts : parts.slice(0, wild)).filter((part) => part !== '' && part !== '.');
  return literal.includes('..') ? '' : literal.join('/');
}

const isBelow = (path: string, parent: string): boolean => parent === '' || path.startsWith(`${parent}/`);

async function readText(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}
