import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** The worker as the build makes it, in a folder of its own: tests run with real threads without a built product. */
export async function bundleWorker(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'archive-worker-'));
  const path = join(folder, 'archive.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../worker.ts')],
    outfile: path,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
    banner: {
      js: "import{createRequire as harrierRequire}from'node:module';const require=harrierRequire(import.meta.url);",
    },
  });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
