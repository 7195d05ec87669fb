import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { MachineTool } from './tool.ts';

const pauseMs = 30_000;
/** After so many failures in a row one removal waits for the other: the provider is in trouble. */
const patience = 3;

/** Removes machines: stops each, and tries until it is gone or the tries are used up. Never throws. */
export const createRemoval = ({
  tool,
  clock,
  log,
  ending,
}: {
  readonly tool: MachineTool;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when Harrier ends: nothing is tried again. */
  readonly ending: AbortSignal;
}): ((name: string, attempts: number) => Promise<void>) => {
  let failures = 0;
  let queue: Promise<void> = Promise.resolve();

  const tryOnce = async (name: string): Promise<boolean> => {
    await tool.stop(name).catch((error: unknown) => log.warn('A machine could not be stopped', words(name, error)));
    try {
      await tool.remove(name);
      failures = 0;
      return true;
    } catch (error) {
      failures += 1;
      log.warn('A machine could not be removed', words(name, error));
      return false;
    }
  };
  const inTurn = (name: string): Promise<boolean> => {
    if (failures < patience) return tryOnce(name);
    const turn = queue.then(() => tryOnce(name));
    queue = turn.then(() => {});
    return turn;
  };
  return async (name, attempts) => {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if ((await inTurn(name)) || ending.aborted) return;
      if (attempt < attempts) await clock.sleep(pauseMs, ending).catch(() => {});
    }
    log.error('Giving up on machine removal. The remote VM may be orphaned.', { machine: name });
    await tool
      .remove(name, { force: true })
      .catch((error: unknown) => log.error('A machine could not be removed', words(name, error)));
  };
};

const words = (machine: string, error: unknown): { machine: string; error: string } => ({
  machine,
  error: messageOf(error),
});
