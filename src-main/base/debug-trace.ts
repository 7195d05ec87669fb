import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { parseBool } from '../../src-shared/parse-bool.ts';

/** Whether a job's scripts show each of their commands: `value` is its CI_DEBUG_TRACE; a runner may forbid it. */
export const tracesScripts = (runner: RunnerConfig, value: string | undefined): boolean =>
  parseBool(value ?? '') === true && runner.debug_trace_disabled !== true;
