import type { Config } from '../../src-shared/config-schema.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { loadNodePty } from '../executors/shell/node-pty.ts';
import type { Executor } from '../executors/types.ts';
import type { SessionServer } from '../session/server.ts';

/** The session server, and which executors can be offered. */
export interface WebTerminals extends SessionServer {
  serves(executor: Executor | undefined): boolean;
}

/** `session_timeout` when it is absent or not positive. */
const defaultTimeoutSeconds = 1800;

/** Undefined where config.toml names no address. Throws what `startSessionServer` throws. */
export async function startWebTerminals({ session_server }: Config, log: Logger): Promise<WebTerminals | undefined> {
  const listenAddress = session_server?.listen_address;
  if (!listenAddress) {
    log.info('[session_server].listen_address not defined, session endpoints disabled');
    return undefined;
  }
  const { startSessionServer } = await import('../session/server.ts');
  const seconds = session_server.session_timeout ?? 0;
  const server = await startSessionServer({
    listenAddress,
    ...(session_server.advertise_address ? { advertiseAddress: session_server.advertise_address } : {}),
    timeoutMs: (seconds > 0 ? seconds : defaultTimeoutSeconds) * 1000,
    clock: systemClock,
    log,
  });
  const shell = (await loadNodePty()) !== undefined;
  if (!shell) log.warn('Shell jobs have no web terminal: the native module node-pty is missing on this machine');
  return {
    ...server,
    serves: (executor) => executor?.traits.webTerminal === true && (shell || executor.name !== 'shell'),
  };
}
