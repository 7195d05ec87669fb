/** Work that goes on after the job it belongs to has been reported. */
export interface QuietWork {
  add(work: Promise<void>): void;
  /** Settles when there is none. */
  settled(): Promise<void>;
}

/** The work itself says its errors. */
export function createQuietWork(): QuietWork {
  const going = new Set<Promise<void>>();
  return {
    add(work) {
      const watched: Promise<void> = work.finally(() => going.delete(watched)).catch(() => {});
      going.add(watched);
    },
    async settled() {
      while (going.size > 0) await Promise.all(going);
    },
  };
}
