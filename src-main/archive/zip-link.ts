import { damaged } from './failures.ts';
import { leadsOutside, quoted } from './names.ts';
import { dataStart, unpackWhole } from './zip-data.ts';
import { type ReadEntry, readExactly } from './zip-read.ts';

/** Longer targets exist on no system that we know. */
const longestTarget = 4096;

/** Where a link of the archive points to, checked. */
export function readLink(file: number, link: ReadEntry, outsideLinks: 'refuse' | 'keep'): string {
  if (link.sizeBytes > longestTarget || link.packedBytes > 2 * longestTarget)
    throw damaged(`the archive has an endless link: ${quoted(link.path)}`);
  const from = link.offset + dataStart(readExactly(file, link.offset, 30), link);
  const target = unpackWhole(readExactly(file, from, link.packedBytes), link).toString();
  if (target === '' || target.includes('\0')) throw damaged(`the archive has an unusable link: ${quoted(link.path)}`);
  if (outsideLinks === 'refuse' && leadsOutside(link.path, target))
    throw damaged(`the archive has a link that leads out of the folder: ${quoted(link.path)}`);
  return target;
}
