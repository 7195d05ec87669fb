import { damaged } from './failures.ts';
import { quoted } from './names.ts';
import type { ReadEntry } from './zip-read.ts';

/** What is to be made, each path once (the last entry of a name wins, as with every unzip). */
export interface UnpackPlan {
  readonly folders: readonly ReadEntry[];
  readonly links: readonly ReadEntry[];
  /** Files in pieces of work, in the order of their place in the archive. */
  readonly groups: readonly (readonly ReadEntry[])[];
  readonly totalBytes: number;
}

const groupBytes = 1024 * 1024;
const groupEntries = 256;

/** The same for everybody who reads the same archive: threads agree without talking. */
export function planUnpack(entries: readonly ReadEntry[]): UnpackPlan {
  const last = new Map<string, ReadEntry>();
  for (const entry of entries) if (entry.path !== '') last.set(entry.path, entry);
  const all = [...last.values()];
  refuseBelowOthers(all, last);
  const files = all.filter(({ kind }) => kind === 'file').sort((a, b) => a.offset - b.offset);
  return {
    folders: all.filter(({ kind }) => kind === 'directory'),
    links: all.filter(({ kind }) => kind === 'symlink'),
    groups: groupFiles(files),
    totalBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** A path below something that is no folder in the same archive: nothing good is meant by it. */
function refuseBelowOthers(all: readonly ReadEntry[], byPath: ReadonlyMap<string, ReadEntry>): void {
  const checked = new Set<string>();
  for (const { path } of all) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const parent = path.slice(0, cut);
      if (checked.has(parent)) break;
      checked.add(parent);
      const kind = byPath.get(parent)?.kind;
      if (kind !== undefined && kind !== 'directory')
        throw damaged(`the archive writes through a ${kind === 'file' ? 'file' : 'link'}: ${quoted(path)}`);
    }
  }
}

function groupFiles(files: readonly ReadEntry[]): ReadEntry[][] {
  const groups: ReadEntry[][] = [];
  let group: ReadEntry[] = [];
  let bytes = 0;
  for (const entry of files) {
    const own = Math.max(entry.packedBytes, entry.sizeBytes);
    if (group.length > 0 && (bytes + own > groupBytes || group.length >= groupEntries)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(entry);
    bytes += own;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
