import type { Config } from '../../src-shared/config-schema.ts';
import type { AppLog } from '../observe/log.ts';

/**
 * Lets `log_level` and `log_format` of the config count whenever it is read. What was given when the program was started
 * stays in force whatever the file says (spec/operations.md 1).
 */
export const followLogSettings =
  (log: AppLog, given: { readonly level?: string | undefined; readonly format?: string | undefined }, usual = 'info') =>
  ({ log_level, log_format }: Config): void => {
    if (given.level === undefined) log.setLevel(log_level || usual);
    if (given.format === undefined) log.setFormat(log_format || 'runner');
  };
