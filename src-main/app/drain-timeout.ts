import type { Config } from '../../src-shared/config-schema.ts';
import { parseDuration } from '../job/go-duration.ts';

/** How long running jobs may go on when the app is closed, in ms: `[harrier] drain_timeout`, 10 minutes when absent. */
export const drainTimeoutMs = ({ harrier }: Config): number => parseDuration(harrier?.drain_timeout ?? '') ?? 600_000;
