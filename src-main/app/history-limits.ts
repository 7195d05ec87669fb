import { historyDefaults } from '../../src-shared/config/harrier.ts';
import type { Config } from '../../src-shared/config-schema.ts';
import { parseMemory } from '../../src-shared/docker/sizes.ts';
import { parseDuration } from '../job/go-duration.ts';
import type { HistoryLimits } from '../observe/history.ts';

/** `[harrier] history_count`, `history_age` and `history_size`. A size of -1 is without limit, as it is elsewhere. */
export function historyLimitsOf({ harrier }: Config): HistoryLimits {
  const bytes = parseMemory(harrier?.history_size || historyDefaults.size) ?? 0;
  return {
    count: harrier?.history_count ?? historyDefaults.count,
    ageMs: parseDuration(harrier?.history_age ?? historyDefaults.age) ?? 0,
    bytes: bytes < 0 ? Number.POSITIVE_INFINITY : bytes,
  };
}
