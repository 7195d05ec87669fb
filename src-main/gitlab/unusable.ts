import type { CoordinatorClient, RegistrationAnswer } from './types.ts';

/** Stands for an address that no request can go to: each call answers so, with the official client's code -100. */
export function createUnusableClient(message: string): CoordinatorClient {
  const status = -100;
  const failed = async (): Promise<RegistrationAnswer> => ({ ok: false, status, kind: 'unreachable', message });
  const notRemoved = async () => ({ ok: false, status, message });
  const unanswered = async () => ({ ok: false as const, status, kind: 'unreachable' as const, message });
  return {
    requestJob: async () => ({ kind: 'refused', status, message }),
    // Nothing that is tried again could help: 4.3 aborts on -100.
    updateJob: async () => ({ kind: 'abort', message }),
    patchTrace: async () => ({ kind: 'failed', message }),
    uploadArtifact: async () => ({ status, statusText: message }),
    downloadArtifact: async () => ({ status, statusText: message }),
    verifyRunner: failed,
    registerRunner: failed,
    createRunner: failed,
    unregisterRunner: notRemoved,
    unregisterManager: notRemoved,
    resetToken: failed,
    resetTokenWithPersonalToken: failed,
    personal: () => ({
      self: unanswered,
      user: unanswered,
      version: unanswered,
      targets: unanswered,
      runner: unanswered,
    }),
    probe: async () => ({ ok: false, kind: 'invalidUrl', message }),
    reconnect: () => {},
    close: async () => {},
  };
}
