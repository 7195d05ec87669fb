import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { HarrierError } from '../../src-shared/errors.ts';

/** Zstandard is a part of Node since 22.15 and 23.8; older ones (and their type definitions) do not have it. */
interface NodeZstd {
  zstdCompressSync(data: Uint8Array, options?: { params?: Record<number, number> }): Buffer;
  zstdDecompressSync(data: Uint8Array, options?: { maxOutputLength?: number }): Buffer;
  createZstdCompress(options?: { params?: Record<number, number> }): Duplex;
  createZstdDecompress(): Duplex;
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
}

const found: Partial<NodeZstd> = createRequire(import.meta.url)('node:zlib');
const isComplete = (zlib: Partial<NodeZstd>): zlib is NodeZstd => typeof zlib.createZstdCompress === 'function';

export const hasZstd = isComplete(found);

export const zstdCompress = (data: Uint8Array, level: number): Buffer =>
  library().zstdCompressSync(data, parameters(level));
export const zstdDecompress = (data: Uint8Array, maxOutputLength: number): Buffer =>
  library().zstdDecompressSync(data, { maxOutputLength });
export const createZstdCompress = (level: number): Duplex => library().createZstdCompress(parameters(level));
export const createZstdDecompress = (): Duplex => library().createZstdDecompress();

function library(): NodeZstd {
  if (isComplete(found)) return found;
  throw new HarrierError('NOT_SUPPORTED', 'zstd archives need Node 22.15 or newer (the desktop app has it)');
}

/** The official levels are deflate's; zstd's own scale of like effort is 1 to 11. */
const parameters = (level: number) => ({
  params: { [library().constants.ZSTD_c_compressionLevel]: Math.max(1, level) },
});
