import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { MachinePool } from './pool.ts';
import type { MachineTool } from './tool.ts';

/** `[machine.shutdown_drain]` (spec/config-toml.md 1.2). */
export interface ShutdownDrain {
  readonly concurrency: number;
  readonly retries: number;
  /** Times the number of the try. */
  readonly backoffMs: number;
}

/** Waits for what is being created or removed, then removes by force every machine that has nothing to do. Never throws. */
export const drainPools = async (
  pools: readonly MachinePool[],
  { concurrency, retries, backoffMs }: ShutdownDrain,
  { tool, clock, log }: { readonly tool: MachineTool; readonly clock: Clock; readonly log: Logger },
): Promise<void> => {
  await Promise.all(pools.map((pool) => pool.quiet()));
  const waiting = pools.flatMap((pool) => pool.idle());
  const removeOne = async (name: string): Promise<void> => {
    for (let attempt = 1; attempt <= retries; attempt += 1)
      try {
        return await tool.remove(name, { force: true });
      } catch (error) {
        log.warn('A machine could not be removed', { machine: name, attempt, error: messageOf(error) });
        if (attempt < retries) await clock.sleep(backoffMs * attempt);
      }
  };
  const names = waiting.map(({ name }) => name);
  const worker = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) await removeOne(name);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
};
