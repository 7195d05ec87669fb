import type { Config } from '../../src-shared/config-schema.ts';
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
  /** Ends the jobs of config.toml (`drain` lets them finish) and frees lock and socket; `start` begins again. Safe twice. */
  stop(mode: 'drain' | 'now', options?: { readonly timeoutMs?: number }): Promise<void>;
  /** The globals of the config that is in force. */
  config(): Config;
  /** Reads the config file now. */
  reload(): Promise<void>;
  /** Ends everything, local pipelines too; nothing can be started afterwards. */
  close(): Promise<void>;
}
