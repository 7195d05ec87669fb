import type { Readable, Writable } from 'node:stream';

/** What a selection found and what is to be said about it, in the official words (spec/job-lifecycle.md 7.1). */
export interface Selection {
  /** Relative to the folder, sorted, `/` separated; folders without a trailing slash. */
  readonly entries: readonly SelectedEntry[];
  readonly messages: readonly { readonly level: 'info' | 'warning' | 'error'; readonly text: string }[];
}
export interface SelectedEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid?: number;
  readonly gid?: number;
}
export interface SelectOptions {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** Result of `git ls-files -o -z` when untracked files are wanted. */
  readonly untracked?: readonly string[];
  /** More than this many throw ARCHIVE_LIMIT. */
  readonly mostEntries?: number;
}
export type CompressionLevel = 'fastest' | 'fast' | 'default' | 'slow' | 'slowest';
export type ArchiveFormat = 'zip' | 'gzip' | 'raw' | 'zipzstd' | 'tarzstd';

/** What an archive may ask of the one who unpacks it. */
export interface ArchiveLimits {
  readonly maxEntries: number;
  readonly maxTotalBytes: number;
  /** Unpacked to packed size; counts above `ratioFreeBytes` only, since small text may well shrink a thousandfold. */
  readonly maxRatio: number;
  readonly ratioFreeBytes: number;
}
export interface ExtractOptions {
  readonly archive: string;
  readonly folder: string;
  /** Links that lead out of `folder`: refused (default), or made as they are (they are never written through). */
  readonly outsideLinks?: 'refuse' | 'keep';
  /** A folder on the same file system: everything is unpacked there first and moved only when it is whole. */
  readonly staging?: string;
  readonly signal?: AbortSignal;
}

/** Byte work on this machine's files; the heavy part runs in worker threads. */
export interface Archiver {
  select(options: SelectOptions): Promise<Selection>;
  /** The same over a folder that was listed elsewhere (a container). */
  selectFrom(list: Iterable<SelectedEntry>, options: SelectOptions): Selection;
  /** Writes the archive to `output` (a file path). Answers its size. Aborts leave no file. */
  write(options: {
    readonly format: ArchiveFormat;
    readonly folder: string;
    readonly selection: Selection;
    readonly output: string;
    readonly level: CompressionLevel;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly sizeBytes: number }>;
  /** The same as a stream (no file in between). */
  stream(options: {
    readonly format: ArchiveFormat;
    readonly folder: string;
    readonly selection: Selection;
    readonly level: CompressionLevel;
    readonly signal?: AbortSignal;
  }): Readable;
  /** Unpacks zip or tar.zst (told by its magic) below `folder`; refuses what leaves it. */
  extract(options: ExtractOptions): Promise<{ readonly entries: number }>;
  /** Reads everything and checks it, writes nothing. */
  verify(options: { readonly archive: string; readonly signal?: AbortSignal }): Promise<{ readonly entries: number }>;
  /** Names in an archive as `SelectedEntry.path` has them. */
  list(options: { readonly archive: string }): Promise<readonly Pick<SelectedEntry, 'path' | 'kind'>[]>;
  /** tar (from a container or a remote host) -> archive, and back, for environments that are not local. */
  fromTar(options: {
    readonly format: ArchiveFormat;
    readonly tar: Readable;
    readonly output: Writable;
    readonly level: CompressionLevel;
    /** How many entries must come; fewer are an error, since a tar tool that missed files ends its stream all the same. */
    readonly expected?: number;
    /** Content of the file that a hard link in the tar names (relative path); asked when the tar has ended. */
    readonly readLinked?: (path: string) => Promise<Readable | undefined>;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  toTar(options: {
    readonly archive: string;
    readonly outsideLinks?: 'refuse' | 'keep';
    readonly signal?: AbortSignal;
  }): Readable;
  close(): Promise<void>;
}
