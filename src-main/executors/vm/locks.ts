/** Who uses which machine. A machine belongs to one job at a time, and to its removal after it. */
export interface Locks {
  /** Waits until the name is free. Answers what frees it again. */
  take(name: string): Promise<() => void>;
  /** The same at once, or undefined when somebody has it. */
  tryTake(name: string): (() => void) | undefined;
}

export function createLocks(): Locks {
  const held = new Map<string, Promise<void>>();
  const tryTake: Locks['tryTake'] = (name) => {
    if (held.has(name)) return undefined;
    let free = (): void => {};
    held.set(
      name,
      new Promise((resolve) => {
        free = () => {
          held.delete(name);
          resolve();
        };
      }),
    );
    return free;
  };
  return {
    tryTake,
    async take(name) {
      for (;;) {
        const free = tryTake(name);
        if (free !== undefined) return free;
        await held.get(name);
      }
    },
  };
}
