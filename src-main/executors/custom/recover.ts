import { readFile, rm, writeFile } from 'node:fs/promises';
import * as v from 'valibot';
import type { Clock } from '../../base/clock.ts';
import { parseJson } from '../../base/json.ts';
import type { Logger } from '../../base/logger.ts';
import { processesWith } from '../shell/process-group.ts';
import type { ExecutorHandle } from '../types.ts';
import { cleanUp } from './cleanup.ts';
import type { CustomSettings } from './settings.ts';
import { markerName } from './surroundings.ts';

const stateSchema = v.object({
  folder: v.string(),
  marker: v.string(),
  env: v.record(v.string(), v.string()),
  cleanup: v.optional(v.object({ path: v.string(), args: v.array(v.string()), timeoutMs: v.optional(v.number()) })),
  graceMs: v.number(),
  killMs: v.number(),
});

/** Beside the driver's folder, which is the driver's own. */
const stateFile = (folder: string): string => `${folder}.json`;

/** What the clean-up after a crash needs, also when config.toml has changed meanwhile. Readable by its owner only. */
export const writeState = async ({
  folder,
  marker,
  env,
  settings: { cleanup, graceMs, killMs },
}: {
  readonly folder: string;
  readonly marker: string;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: CustomSettings;
}): Promise<void> => {
  await writeFile(stateFile(folder), JSON.stringify({ folder, marker, env, cleanup, graceMs, killMs }), {
    mode: 0o600,
  });
};

export const forgetState = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await rm(stateFile(folder), { force: true });
};

/** Ends what still runs for stages of a dead Harrier (Linux), and lets the driver clean up. */
export const recoverSession = async (
  { kind, id, proof }: ExecutorHandle,
  { clock, env, log }: { readonly clock: Clock; readonly env: Readonly<Record<string, string>>; readonly log: Logger },
): Promise<void> => {
  if (kind !== 'directory') return;
  const text = await readFile(stateFile(id), 'utf8').catch(() => '');
  const state = v.safeParse(stateSchema, parseJson(text));
  if (!state.success || state.output.marker !== proof || state.output.folder !== id) return;
  const { cleanup, env: own, ...times } = state.output;
  for (const pid of processesWith(`${markerName}=${proof}`)) {
    log.info('Ending a process that an earlier run left', { pid });
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  log.info('Cleaning up after a custom driver of an earlier run', { folder: id });
  await cleanUp({
    clock,
    settings: { ...times, cleanup: cleanup && { key: 'cleanup_exec', ...cleanup } },
    folder: id,
    env: { ...env, ...own },
    log,
    secrets: [],
  });
  await forgetState(id);
};
