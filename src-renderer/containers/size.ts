import type { DockerItem } from '../../src-shared/ipc.ts';

/** Bytes of all together, as far as the engine knows them. */
export const sizeOf = (items: readonly DockerItem[]): number =>
  items.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
