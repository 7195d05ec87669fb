export { type ArchiverOptions, createArchiver } from './archiver.ts';
export { compileGlob, type Glob } from './glob.ts';
export { defaultLimits } from './limits.ts';
export type * from './types.ts';
export { hasZstd } from './zstd.ts';
