/** Who may run how many jobs at once: `concurrent` for all, `limit` for the entries of one token. */
export interface Slots {
  /** A slot for one more job of this token, or why there is none. `limit` 0 means no limit. */
  take(token: string, limit: number): Slot | 'concurrent' | 'limit';
  setConcurrent(concurrent: number): void;
  /** Called whenever a slot comes back; `afterJob` when a job had used it. Answers a function that stops it. */
  onFree(listener: (afterJob: boolean) => void): () => void;
  readonly taken: number;
}
export interface Slot {
  /**
   * Binds the slot to a job and numbers it: the lowest free number among the jobs of this token (CI_CONCURRENT_ID) and
   * among those of the same project (CI_CONCURRENT_PROJECT_ID). Source: spec/job-lifecycle.md 1.1.
   */
  assign(projectId: number): { readonly runnerId: number; readonly projectRunnerId: number };
  /** Safe twice. */
  release(): void;
  /** For another job there is room again; the numbers stay taken until `release`, and with them the folders they name. */
  keepNumbers(): void;
}

interface Use {
  readonly token: string;
  runnerId?: number;
  project?: { readonly id: number; readonly number: number };
}

export const createSlots = (initial: number): Slots => {
  let concurrent = Math.max(1, initial);
  const uses = new Set<Use>();
  /** Of what is kept of jobs that have ended. */
  const numbered = new Set<Use>();
  const listeners = new Set<(afterJob: boolean) => void>();
  const giveBack = (use: Use): void => {
    if (!uses.delete(use)) return;
    for (const listener of listeners) listener(use.runnerId !== undefined);
  };
  const ofToken = (token: string): Use[] => [...uses].filter((use) => use.token === token);

  return {
    take(token, limit) {
      if (uses.size >= concurrent) return 'concurrent';
      if (limit > 0 && ofToken(token).length >= limit) return 'limit';
      const use: Use = { token };
      uses.add(use);
      return {
        assign(projectId) {
          const kept = [...numbered].filter((other) => other.token === token);
          const others = [...ofToken(token), ...kept].filter((other) => other !== use);
          use.runnerId = lowestFree(others.map((other) => other.runnerId));
          const sameProject = others.map((other) =>
            other.project?.id === projectId ? other.project.number : undefined,
          );
          use.project = { id: projectId, number: lowestFree(sameProject) };
          return { runnerId: use.runnerId, projectRunnerId: use.project.number };
        },
        release() {
          numbered.delete(use);
          giveBack(use);
        },
        keepNumbers() {
          numbered.add(use);
          giveBack(use);
        },
      };
    },
    setConcurrent(next) {
      const grown = next > concurrent;
      concurrent = Math.max(1, next);
      if (grown) for (const listener of listeners) listener(false);
    },
    onFree(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get taken() {
      return uses.size;
    },
  };
};

const lowestFree = (taken: readonly (number | undefined)[]): number => {
  let number = 0;
  while (taken.includes(number)) number += 1;
  return number;
};
