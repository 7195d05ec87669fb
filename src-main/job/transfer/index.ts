import { isCache, refuseUnknownPolicies } from './caches.ts';
import { downloadArtifacts, downloadsOf } from './download.ts';
import { restoreCache } from './restore.ts';
import { archiveCache, cachesFor } from './save.ts';
import type { TransferStages } from './types.ts';
import { uploadArtifacts, uploadsFor } from './upload.ts';

export type { TransferContext, TransferStages } from './types.ts';

/** The four stages that move files: caches and artifacts, in and out. */
export const createTransferStages = (): TransferStages => ({
  hasCache: ({ cache }, outcome) =>
    outcome === 'restore' ? cache.some(isCache) : cachesFor(cache, outcome).length > 0,
  hasArtifacts: ({ artifacts }, outcome) => uploadsFor(artifacts, outcome).length > 0,
  hasDependencies: ({ dependencies }) => downloadsOf(dependencies).length > 0,
  checkCache: refuseUnknownPolicies,
  restoreCache,
  downloadArtifacts,
  archiveCache,
  uploadArtifacts,
});
