import { HarrierError, messageOf } from '../../../../src-shared/errors.ts';
import type { BuildLog } from '../../../base/build-log.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { type Engine, endpointText } from '../engine/types.ts';
import type { DockerSettings } from '../settings.ts';
import { findEngine } from './index.ts';
import type { DiscoveryContext } from './types.ts';

/** An engine that is starting or restarting gets this long before a job fails because of it. */
const waitMs = 30_000;
const pauseMs = 1000;

/** Connections to engines, kept from job to job, one for each way to reach one. */
export interface EnginePool {
  get(settings: DockerSettings, options?: { readonly log?: BuildLog; readonly signal?: AbortSignal }): Promise<Engine>;
}

export function createEnginePool(deps: {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}): EnginePool {
  const open = new Map<string, Promise<Engine>>();

  const connect = async (settings: DockerSettings): Promise<Engine> => {
    const { source, engine, passedOver } = await findEngine(contextOf(deps.env, settings), deps);
    deps.log.info('Container engine found', {
      engine: endpointText(engine.endpoint),
      source,
      version: engine.info.serverVersion,
      passedOver: passedOver.length,
    });
    return engine;
  };
  const once = async (settings: DockerSettings): Promise<Engine> => {
    const key = JSON.stringify([settings.host, settings.tls_cert_path, settings.tls_verify]);
    const known = open.get(key);
    if (known !== undefined) {
      const engine = await known;
      try {
        await engine.ping();
        return engine;
      } catch {
        // It may have moved or been restarted: looked for anew.
        if (open.get(key) === known) open.delete(key);
      }
    }
    const connecting = open.get(key) ?? connect(settings);
    open.set(key, connecting);
    connecting.catch(() => {
      if (open.get(key) === connecting) open.delete(key);
    });
    return connecting;
  };

  return {
    async get(settings, { log, signal } = {}) {
      const deadline = deps.clock.monotonic() + (log === undefined ? 0 : waitMs);
      let said = false;
      for (;;) {
        try {
          return await once(settings);
        } catch (error) {
          const passing = !(error instanceof HarrierError) || error.code === 'EXECUTOR_PREPARE';
          if (!passing || deps.clock.monotonic() >= deadline) throw error;
          if (!said) log?.warning(`Waiting for the container engine: ${messageOf(error)}`);
          said = true;
          await deps.clock.sleep(pauseMs, signal);
        }
      }
    },
  };
}

export const contextOf = (
  env: Readonly<Record<string, string | undefined>>,
  settings: DiscoveryContext['settings'],
): DiscoveryContext => ({
  platform: process.platform,
  env,
  home: env['HOME'] ?? env['USERPROFILE'] ?? '',
  uid: process.getuid?.() ?? 0,
  settings,
});
