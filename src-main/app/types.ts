import type { EngineSnapshot, EventName, EventPayload, Handlers } from '../../src-shared/ipc.ts';
import type { Logger } from '../base/logger.ts';

/** What a host (desktop, web, cli) is given: the contract's handlers, its events, and the life of the whole. */
export interface HarrierApp {
  readonly handlers: Handlers;
  readonly log: Logger;
  snapshot(): EngineSnapshot;
  subscribe(listener: <N extends EventName>(name: N, payload: EventPayload<N>) => void): () => void;
  /** Takes the lock beside the config, recovers, begins to ask for jobs. */
  start(): Promise<void>;
  /** Ends jobs (`drain` lets them finish), frees lock and socket. Safe twice. */
  stop(mode: 'drain' | 'now'): Promise<void>;
}
