import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { SelectedEntry } from '../../archive/types.ts';
import type { Area } from './area.ts';
import { metadataPath } from './caches.ts';

const schema = v.record(v.string(), v.string());

/**
 * `metadata.json` beside a cache: `cachekey` as the official runner has it, and `entries`, a digest of what is inside.
 * It tells when files have vanished since; the official runner looks at the times of those that are left only.
 */
export async function readMetadata(area: Area, archive: string): Promise<Readonly<Record<string, string>>> {
  const text = await area.cache.readText(metadataPath(archive));
  try {
    const parsed = v.safeParse(schema, JSON.parse(text ?? '{}'));
    return parsed.success ? parsed.output : {};
  } catch {
    return {};
  }
}

export async function writeMetadata(
  area: Area,
  archive: string,
  metadata: { readonly cachekey: string; readonly entries?: string },
): Promise<void> {
  await area.cache.writeText(metadataPath(archive), JSON.stringify(metadata));
}

export function entriesDigest(entries: readonly Pick<SelectedEntry, 'path' | 'kind'>[]): string {
  const hash = createHash('sha256');
  for (const line of entries.map(({ path, kind }) => `${kind} ${path}\0`).sort()) hash.update(line);
  return hash.digest('hex');
}
