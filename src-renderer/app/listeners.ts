/** Listeners by event name. One that throws does not keep the others from hearing. */
export interface Listeners {
  add(name: string, listener: (payload: unknown) => void): () => void;
  tell(name: string, payload: unknown): void;
}

export function createListeners(): Listeners {
  const byName = new Map<string, Set<(payload: unknown) => void>>();
  return {
    add(name, listener) {
      const set = byName.get(name) ?? new Set();
      byName.set(name, set);
      set.add(listener);
      return () => void set.delete(listener);
    },
    tell(name, payload) {
      for (const listener of byName.get(name) ?? []) {
        try {
          listener(payload);
        } catch (error) {
          console.error(error);
        }
      }
    },
  };
}
