import type { Logger } from '../base/logger.ts';

/**
 * A promise that nobody waits for and that fails is a bug; it is told with its stack, and jobs that run do not pay for
 * it. What is thrown outside of promises ends the process as ever: the journal lets the next start go on.
 */
export const surviveLostPromises = (
  log: Logger,
  source: { on(event: 'unhandledRejection', listener: (error: unknown) => void): unknown } = process,
): void => {
  source.on('unhandledRejection', (error) =>
    log.error('A bug in Harrier; please report it', { error: error instanceof Error ? error.stack : String(error) }),
  );
};
