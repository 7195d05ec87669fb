import { mkdir } from 'node:fs/promises';
import type { EngineSnapshot } from '../../src-shared/ipc.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { defaultConfigPath, openConfig, readSystemId, takeLock } from '../config/index.ts';
import type { EndedJob } from '../engine/index.ts';
import { openHistory, traceFileOf } from '../observe/history.ts';
import { createAppLog } from '../observe/log.ts';
import { createBroadcast } from './broadcast.ts';
import { composeEngine } from './compose.ts';
import { dataFolderOf } from './data-folder.ts';
import { createHandlers } from './handlers.ts';
import { createLocalPipelines } from './local-pipelines.ts';
import { buildSnapshot } from './snapshot.ts';
import type { HarrierApp } from './types.ts';

export interface AppOptions {
  readonly configPath: string | undefined;
  /** Tray icons and the sample repository. */
  readonly assetsFolder: string;
  readonly host: EngineSnapshot['host'];
  readonly pickFolder: () => Promise<string | null>;
  readonly openLink: (url: string) => Promise<void>;
  readonly log?: Logger;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
  readonly dataFolder?: string;
  /** Whether a config file that does not exist is an empty one (the app) or an error (`run`). */
  readonly configMayBeMissing?: boolean;
}
