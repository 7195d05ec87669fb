import { closeSync, readdirSync, statfsSync, unlinkSync } from 'node:fs';
import { HarrierError } from '../../src-shared/errors.ts';
import { createSweep } from '../base/memory.ts';
import { defaultLimits } from './limits.ts';
import { mergeFolder } from './merge.ts';
import { createPlace, type Place } from './place.ts';
import type { ArchiveLimits, SelectedEntry } from './types.ts';
import { planUnpack } from './unpack-plan.ts';
import { unpackPieces, unpackWhole } from './zip-data.ts';
import { groupReader, streamedEntry } from './zip-group.ts';
import { readLink } from './zip-link.ts';
import { openArchive, type ReadEntry, readDirectory, withArchive } from './zip-read.ts';

/**
 * One archive being unpacked by several threads. Each reads the directory itself and takes groups of files by a shared
 * counter, so the main thread has nothing to hand out.
 */
export interface UnpackOrder {
  readonly archive: string;
  readonly folder: string;
  readonly outsideLinks: 'refuse' | 'keep';
  readonly limits: ArchiveLimits;
  /** False: everything is read and checked, nothing is written. */
  readonly write: boolean;
  /** `folder` is only a stopover: at the end everything moves to `to`, what it replaced as a whole to `old`. */
  readonly move?: { readonly to: string; readonly old: string };
  /** Two 32-bit numbers: the next group, and whether to stop. */
  readonly shared: SharedArrayBuffer;
}
/** A private folder on the way: what was unpacked, and what it takes the place of. */
export interface Stopover {
  readonly folder: string;
  readonly fresh: string;
  readonly old: string;
}
export interface UnpackReport {
  readonly count: number;
  readonly groups: number;
  readonly totalBytes: number;
}
export const newShared = (): SharedArrayBuffer => new SharedArrayBuffer(8);
const nextGroup = 0;
const stopFlag = 1;
export const requestStop = (shared: SharedArrayBuffer): void => void Atomics.store(new Int32Array(shared), stopFlag, 1);

/** Checks the archive as a whole and makes the folders. */
export function unpackPrepare(order: UnpackOrder): UnpackReport {
  return withArchive(order.archive, (file, sizeBytes) => {
    const entries = readDirectory(file, sizeBytes, order.limits);
    const plan = planUnpack(entries);
    for (const link of plan.links) readLink(file, link, order.outsideLinks);
    if (order.write) {
      refuseFullDisk(order.folder, plan.totalBytes);
      const place = createPlace(order.folder);
      for (const { path } of plan.folders) place.folder(path);
      const parents = new Set([...plan.groups.flat(), ...plan.links].map(({ path }) => parentOf(path)));
      for (const parent of parents) if (parent !== '') place.folder(parent);
    }
    sweep({ entries: entries.length });
    return { count: entries.length, groups: plan.groups.length, totalBytes: plan.totalBytes };
  });
}

/** Takes groups until there are none left. */
export async function unpackShare(order: UnpackOrder): Promise<undefined> {
  const counter = new Int32Array(order.shared);
  const { file, sizeBytes } = openArchive(order.archive);
  try {
    const { groups } = planUnpack(readDirectory(file, sizeBytes, order.limits));
    const place = order.write ? createPlace(order.folder) : undefined;
    for (let index = take(counter); index < groups.length; index = take(counter))
      await unpackGroup(file, groups[index]!, place);
    sweep({ entries: groups.reduce((sum, group) => sum + group.length, 0) });
  } catch (error) {
    // The others need not go on.
    Atomics.store(counter, stopFlag, 1);
    throw error;
  } finally {
    closeSync(file);
  }
  return undefined;
}

/** Links come last, so that nothing can be written through them; then the times of folders, which all of this changed. */
export function unpackFinish(order: UnpackOrder): undefined {
  withArchive(order.archive, (file, sizeBytes) => {
    const plan = planUnpack(readDirectory(file, sizeBytes, order.limits));
    const place = createPlace(order.folder);
    for (const link of plan.links) place.link(link.path, readLink(file, link, order.outsideLinks), link);
    for (const folder of [...plan.folders].reverse()) place.finishFolder(folder.path, folder);
  });
  if (order.move !== undefined) mergeFolder(order.folder, order.move.to, order.move.old);
  return undefined;
}

/** Removes the files below a folder, those of one folder after the other, until no folder is left to take. */
export function removeShare({
  folder,
  shared,
}: {
  readonly folder: string;
  readonly shared: SharedArrayBuffer;
}): undefined {
  const counter = new Int32Array(shared);
  const folders = foldersBelow(folder);
  for (let index = take(counter); index < folders.length; index = take(counter))
    for (const entry of readdirSync(folders[index]!, { withFileTypes: true }))
      if (!entry.isDirectory()) unlinkSync(`${folders[index]}/${entry.name}`);
  return undefined;
}

const foldersBelow = (folder: string): string[] => [
  folder,
  ...readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`)
    .sort()
    .flatMap(foldersBelow),
];

export function listArchive(archive: string): readonly Pick<SelectedEntry, 'path' | 'kind'>[] {
  return withArchive(archive, (file, sizeBytes) =>
    readDirectory(file, sizeBytes, defaultLimits).map(({ path, kind }) => ({ path, kind })),
  );
}

function take(counter: Int32Array): number {
  if (Atomics.load(counter, stopFlag) === 1) return Number.POSITIVE_INFINITY;
  return Atomics.add(counter, nextGroup, 1);
}

const sweep = createSweep();

async function unpackGroup(file: number, group: readonly ReadEntry[], place: Place | undefined): Promise<void> {
  const only = streamedEntry(group);
  if (only) {
    const pieces = swept(unpackPieces(file, only));
    if (place) await place.fileFrom(only.path, only, pieces);
    else for await (const _ of pieces);
    return;
  }
  const read = groupReader(file, group);
  for (const entry of group) {
    const data = unpackWhole(read(entry), entry);
    place?.file(entry.path, entry, data);
    sweep({ bytes: data.length });
  }
}

async function* swept(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    sweep({ bytes: piece.length });
  }
}

function refuseFullDisk(folder: string, totalBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (totalBytes > bavail * bsize)
    throw new HarrierError(
      'DISK_FULL',
      `the archive needs ${totalBytes} bytes, ${bavail * bsize} are free in ${folder}`,
    );
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
