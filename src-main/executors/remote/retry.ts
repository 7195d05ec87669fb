import type { Client } from 'ssh2';
import type { BuildLog } from '../../base/build-log.ts';
import type { Clock } from '../../base/clock.ts';
import { connect } from './connect.ts';
import { ConnectFailed } from './failures.ts';
import { addressOf, type Login } from './settings.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly log: Pick<BuildLog, 'warning'>;
  readonly signal?: AbortSignal;
  /** How often it is tried. */
  readonly tries?: number;
  /** A machine that is just starting: it is tried for longer, and may refuse a sign-in at first. */
  readonly starting?: boolean;
}
const defaultTries = 3;
const pauseMs = 3000;
const startMs = 90_000;
const startPauseMs = 500;

/** Signs in; what may pass is tried again. Says once that a host key is not checked. */
export async function connectWithRetries(login: Login, options: RetryOptions): Promise<Client> {
  const { clock, log, signal, tries = defaultTries, starting = false } = options;
  const more = signal !== undefined ? { signal } : {};
  const began = clock.monotonic();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect(login, { ...more, onUncheckedKey: (key) => sayUnchecked(log, login, key) });
    } catch (error) {
      const passes =
        error instanceof ConnectFailed && (error.kind === 'unreachable' || (starting && error.kind === 'login'));
      const isOver = starting ? clock.monotonic() - began >= startMs : attempt >= tries;
      if (!passes || isOver) throw error;
      await clock.sleep(starting ? startPauseMs : pauseMs, signal);
    }
  }
}

const sayUnchecked = (log: Pick<BuildLog, 'warning'>, login: Login, key: string): void =>
  log.warning(
    `The host key of ${addressOf(login)} (${key}) is not checked (disable_strict_host_key_checking): anyone on the network could pose as this host.`,
  );
