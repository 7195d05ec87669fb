import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { callDriver } from './driver.ts';
import type { CustomSettings } from './settings.ts';

/**
 * `cleanup_exec`, under a time of its own. What it prints goes to the application's log (spec/executors.md 6.2), since
 * the job's may have ended. Never throws.
 */
export const cleanUp = async ({
  clock,
  settings,
  folder,
  env,
  log,
  secrets,
}: {
  readonly clock: Clock;
  readonly settings: Pick<CustomSettings, 'cleanup' | 'graceMs' | 'killMs'>;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Values that must not show. */
  readonly secrets: readonly string[];
}): Promise<void> => {
  if (settings.cleanup === undefined) return;
  const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const textOf = (stream: 'stdout' | 'stderr'): string =>
    secrets
      .reduce((text, secret) => text.replaceAll(secret, '[MASKED]'), Buffer.concat(printed[stream]).toString())
      .trim();
  try {
    const { code } = await callDriver(
      { clock, settings },
      {
        program: settings.cleanup,
        env,
        folder,
        signal: new AbortController().signal,
        onOutput: (stream, chunk) => void printed[stream].push(Buffer.from(chunk)),
      },
    );
    if (code !== 0) throw new Error(`exit status ${code}`);
  } catch (error) {
    log.warn(`Cleanup script failed: ${messageOf(error)}`);
  }
  if (textOf('stdout') !== '') log.debug('cleanup_exec', { stdout: textOf('stdout') });
  if (textOf('stderr') !== '') log.warn('cleanup_exec', { stderr: textOf('stderr') });
};
