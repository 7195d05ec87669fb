import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { messageOf } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ConfigSource } from '../engine/index.ts';

export interface RotationDeps {
  readonly config: ConfigSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly keyOf: (runner: RunnerConfig) => string;
  /** Asks GitLab for a new token and writes it into the file. The old one is dead from that moment. */
  readonly renew: (key: string) => Promise<unknown>;
}

/** A new token is asked for when this share of the old one's life is over (spec/coordinator-api.md 1.7). */
const lifeShare = 0.75;
/** Pauses after a token that could not be renewed. */
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;
/** The wall clock is looked at this often: timers stand while a machine sleeps. */
const longestWaitMs = 3_600_000;

/**
 * Renews authentication tokens before they expire, one at a time, the earliest first; a change of the configuration is a
 * new plan. Answers a function that ends it. A runner with FF_DISABLE_AUTOMATIC_TOKEN_ROTATION is only warned about.
 */
export const startTokenRotation = ({ config, clock, log, keyOf, renew }: RotationDeps): (() => void) => {
  const failed = new Map<string, { pauseMs: number; untilMs: number }>();
  const warned = new Set<string>();
  let cancel = (): void => {};
  let busy = false;
  let ended = false;

  const plan = (): void => {
    cancel();
    cancel = () => {};
    if (ended || busy) return;
    const next = earliest();
    if (next === undefined) return;
    const waitMs = next.atMs - clock.now();
    if (waitMs <= 0) return void rotate(next);
    cancel = clock.after(Math.min(waitMs, longestWaitMs), plan, { unref: true });
  };

  const earliest = () => {
    const { config: current, runnerProblems, problem } = config.current();
    // A file that cannot be saved must not cost a token.
    if (problem !== undefined) return undefined;
    return (current.runners ?? [])
      .filter((_, index) => !runnerProblems.some((each) => each.index === index))
      .map((runner) => ({ runner, key: keyOf(runner), dueMs: dueOf(runner) }))
      .flatMap(({ dueMs, ...rest }) => (dueMs === undefined ? [] : [{ ...rest, dueMs }]))
      .filter(mayRotate)
      .map(({ key, runner, dueMs }) => ({ key, runner, atMs: Math.max(dueMs, failed.get(key)?.untilMs ?? 0) }))
      .sort((a, b) => a.atMs - b.atMs)[0];
  };

  const mayRotate = ({ runner, key, dueMs }: { runner: RunnerConfig; key: string; dueMs: number }): boolean => {
    if (runner.feature_flags?.['FF_DISABLE_AUTOMATIC_TOKEN_ROTATION'] !== true) return true;
    if (dueMs <= clock.now() && !warned.has(key)) {
      warned.add(key);
      log.warn('The token of this runner should be renewed; its configuration forbids to do so by itself', {
        runner: runner.name,
        expires: runner.token_expires_at?.toISOString(),
      });
    }
    return false;
  };

  const rotate = async ({ key, runner }: { key: string; runner: RunnerConfig }): Promise<void> => {
    busy = true;
    try {
      await renew(key);
      failed.delete(key);
      log.info('The token of this runner was renewed', { runner: runner.name });
    } catch (error) {
      const pauseMs = Math.min((failed.get(key)?.pauseMs ?? firstPauseMs / 2) * 2, longestPauseMs);
      failed.set(key, { pauseMs, untilMs: clock.now() + pauseMs });
      log.error('The token of this runner could not be renewed', { runner: runner.name, error: messageOf(error) });
    } finally {
      busy = false;
      plan();
    }
  };

  const forget = config.onChange(plan);
  plan();
  return () => {
    ended = true;
    forget();
    cancel();
  };
};

/** Undefined: the token never expires (the file says year 1), or it is not known. */
const dueOf = ({ token, token_obtained_at, token_expires_at }: RunnerConfig): number | undefined => {
  const expiresMs = token_expires_at?.getTime() ?? Number.NaN;
  if (!token || !(expiresMs > 0)) return undefined;
  const obtainedMs = token_obtained_at?.getTime() ?? Number.NaN;
  return obtainedMs > 0 ? obtainedMs + lifeShare * (expiresMs - obtainedMs) : 0;
};
