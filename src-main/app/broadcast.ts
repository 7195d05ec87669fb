import type { EngineSnapshot, EventName, EventPayload, Note } from '../../src-shared/ipc.ts';
import { diffSnapshot } from './patches.ts';

export type Listener = <N extends EventName>(name: N, payload: EventPayload<N>) => void;

/** A burst of changes becomes one patch this often; a person sees no difference, a window has less to draw. */
const patchEveryMs = 50;
/** At most ten `trace.grown` a second and job (ipc.ts). */
const grownEveryMs = 100;

/** Turns "something changed" into patches and paced `trace.grown` events for all windows. */
export interface Broadcast {
  changed(): void;
  grown(job: string, size: number): void;
  /** Shown by the windows that are open. */
  note(note: Note): void;
  /** Paced by whoever calls. */
  terminalGrown(terminal: string, size: number): void;
  subscribe(listener: Listener): () => void;
  close(): void;
}

export function createBroadcast(snapshot: () => EngineSnapshot): Broadcast {
  const listeners = new Set<Listener>();
  const tell: Listener = (name, payload) => {
    for (const listener of listeners) listener(name, payload);
  };
  let last: EngineSnapshot | undefined;
  let timer: NodeJS.Timeout | undefined;
  const sizes = new Map<string, { sent: number; latest: number; timer: NodeJS.Timeout | undefined }>();

  const flush = (): void => {
    timer = undefined;
    if (listeners.size === 0) {
      last = undefined;
      return;
    }
    const now = snapshot();
    const patch = last === undefined ? now : diffSnapshot(last, now);
    last = now;
    if (patch !== undefined) tell('state.patch', patch);
  };
  const sendSize = (job: string): void => {
    const entry = sizes.get(job);
    if (entry === undefined) return;
    entry.timer = undefined;
    if (entry.latest === entry.sent) return void sizes.delete(job);
    entry.sent = entry.latest;
    tell('trace.grown', { job, size: entry.latest });
    entry.timer = setTimeout(() => sendSize(job), grownEveryMs);
    entry.timer.unref();
  };

  return {
    changed() {
      if (timer !== undefined) return;
      timer = setTimeout(flush, patchEveryMs);
      timer.unref();
    },
    note: (note) => tell('note.show', note),
    grown(job, size) {
      if (listeners.size === 0) return;
      const entry = sizes.get(job) ?? { sent: -1, latest: size, timer: undefined };
      entry.latest = size;
      sizes.set(job, entry);
      if (entry.timer === undefined) sendSize(job);
    },
    terminalGrown: (terminal, size) => tell('terminal.grown', { terminal, size }),
    subscribe(listener) {
      // What the newcomer will ask for with engine.snapshot is at least as new as this.
      last ??= snapshot();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      clearTimeout(timer);
      for (const entry of sizes.values()) clearTimeout(entry.timer);
      sizes.clear();
      listeners.clear();
    },
  };
}
