import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { messageOf } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CoordinatorClient, JobRequestAnswer, RunnerInfo } from '../gitlab/types.ts';
import { parseDuration } from '../job/go-duration.ts';
import type { JobSession, Lease } from '../job/types.ts';
import { createHealth, type Health } from './health.ts';
import { createRequestLimit } from './request-limit.ts';
import type { Slot, Slots } from './slots.ts';

export interface PollerDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly slots: Slots;
  readonly client: CoordinatorClient;
  readonly systemId: string;
  /** ms between two requests; the global `check_interval`. */
  readonly intervalMs: () => number;
  /** The entry as it is configured now; the same url and token all along. */
  readonly runner: () => RunnerConfig;
  readonly info: () => RunnerInfo;
  /** Why no job may be taken now (paused, disk full); undefined: ask. */
  readonly hold: () => string | undefined;
  readonly openSession: () => JobSession | undefined;
  /** A machine for the job that is asked for; a text: why there is none now; undefined: none is needed. */
  readonly acquire: () => Promise<Lease | string> | undefined;
  /** Takes a job over; false: it is at work already. */
  readonly onAnswer: (
    answer: Extract<JobRequestAnswer, { kind: 'job' | 'invalidJob' }>,
    held: { readonly slot: Slot; readonly session: JobSession | undefined; readonly lease: Lease | undefined },
  ) => boolean;
  readonly onChange: () => void;
}

/** Asks one coordinator for jobs of one entry: one loop, which no other poller can hold up. */
export interface Poller {
  start(): void;
  /** Asks at once unless the entry is in a pause because of its health. */
  wake(): void;
  /** Asks at once whatever the health was (reload, wake from sleep). */
  retry(): void;
  /** Ends the loop; a waiting request is taken back. */
  stop(): void;
  readonly health: Health;
  readonly lastContactMs: number | undefined;
  readonly nextTryMs: number | undefined;
  /** Why the last turn did not ask. */
  readonly held: string | undefined;
  /** Why there was no machine for a job. */
  readonly lacking: string | undefined;
}

export function createPoller(deps: PollerDeps): Poller {
  const { clock, slots } = deps;
  const setting = () => deps.runner();
  const health = createHealth({
    intervalMs: deps.intervalMs,
    unhealthyLimit: () => Math.max(1, setting().unhealthy_requests_limit ?? 3),
    unhealthyIntervalMs: () => parseDuration(setting().unhealthy_interval ?? '') ?? 3_600_000,
    random: deps.random,
  });
  const limit = createRequestLimit(
    () => Math.max(1, setting().request_concurrency ?? 1),
    () => setting().feature_flags?.['FF_USE_ADAPTIVE_REQUEST_CONCURRENCY'] !== false,
  );
  const abort = new AbortController();
  let stopped = true;
  let inFlight = 0;
  let starved = false;
  let held: string | undefined;
  let lacking: string | undefined;
  let lastContactMs: number | undefined;
  let nextTryMs: number | undefined;
  let cancelTimer = () => {};

  const schedule = (delayMs: number): void => {
    cancelTimer();
    if (stopped) return;
    nextTryMs = clock.now() + delayMs;
    cancelTimer = clock.after(delayMs, () => turn(1));
  };

  /** Asks up to `count` times side by side, as far as slots and request_concurrency allow. */
  const turn = (count: number): void => {
    if (stopped) return;
    schedule(deps.intervalMs());
    const reason = deps.hold();
    if (reason !== held) {
      held = reason;
      deps.onChange();
    }
    if (reason !== undefined) return;
    for (let i = 0; i < count && inFlight < limit.now; i += 1) {
      const slot = slots.take(setting().token ?? '', setting().limit ?? 0);
      starved = typeof slot === 'string';
      if (typeof slot === 'string') return;
      void ask(slot);
    }
  };

  const ask = async (slot: Slot): Promise<void> => {
    inFlight += 1;
    const acquiring = deps.acquire();
    const lease = acquiring && (await acquired(acquiring));
    if (stopped || typeof lease === 'string') {
      inFlight -= 1;
      if (typeof lease === 'object') lease.release();
      return slot.release();
    }
    const session = deps.openSession();
    let answer: JobRequestAnswer;
    try {
      answer = await deps.client.requestJob({
        token: setting().token ?? '',
        systemId: deps.systemId,
        info: deps.info(),
        ...(session !== undefined ? { session: session.info } : {}),
        signal: abort.signal,
      });
    } catch (error) {
      answer = { kind: 'failed', status: -1, message: messageOf(error), retryable: true };
    }
    inFlight -= 1;
    if (answer.kind !== 'job') session?.close();
    if (answer.kind === 'job' || answer.kind === 'invalidJob') {
      // A job that arrives while stopping is still ours: it is taken, so that GitLab is told how it ends.
      good('job');
      const isNew = deps.onAnswer(answer, { slot, session, lease });
      if (!isNew) session?.close();
      if (isNew && setting().strict_check_interval !== true) turn(2);
      return;
    }
    lease?.release();
    if (stopped) return slot.release();
    if (answer.kind === 'none') good('none');
    else if (answer.kind === 'refused') bad(health.refused(answer.message), answer.status);
    else {
      if (answer.retryable) limit.note('overloaded');
      bad(health.failed(answer.message, answer.retryAfterSeconds), answer.status);
    }
    slot.release();
  };

  const acquired = async (acquiring: Promise<Lease | string>): Promise<Lease | string> => {
    const found = await acquiring.catch(messageOf);
    const reason = typeof found === 'string' ? found : undefined;
    if (reason !== lacking) {
      lacking = reason;
      deps.onChange();
    }
    return found;
  };

  const good = (kind: 'job' | 'none'): void => {
    limit.note(kind);
    lastContactMs = clock.now();
    const changed = health.state !== 'healthy';
    if (changed) deps.log.info('Runner is healthy again', { url: setting().url });
    health.ok();
    if (changed) deps.onChange();
  };
  const bad = (pauseMs: number, status: number): void => {
    schedule(pauseMs);
    deps.log.warn(`Checking for jobs... ${health.state === 'refused' ? 'forbidden' : 'failed'}`, {
      url: setting().url,
      status,
      message: health.message,
      'next try': `${Math.round(pauseMs / 1000)}s`,
    });
    deps.onChange();
  };

  const forget = slots.onFree((afterJob) => {
    // After a job the freed slot asks again at once; otherwise only a poller that found no slot is waiting for one.
    if (!(starved || (afterJob && setting().strict_check_interval !== true))) return;
    if (health.state === 'healthy') turn(1);
  });

  return {
    start() {
      stopped = false;
      turn(1);
    },
    wake() {
      if (health.state === 'healthy') turn(1);
    },
    retry() {
      health.ok();
      turn(1);
    },
    stop() {
      stopped = true;
      forget();
      cancelTimer();
      nextTryMs = undefined;
      abort.abort();
    },
    health,
    get lastContactMs() {
      return lastContactMs;
    },
    get nextTryMs() {
      return nextTryMs;
    },
    get held() {
      return held;
    },
    get lacking() {
      return lacking;
    },
  };
}
