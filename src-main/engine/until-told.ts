import type { Clock } from '../base/clock.ts';

const firstPauseMs = 1000;
const longestPauseMs = 60_000;

/** `again`: GitLab could not be told yet; it may have asked for a pause. */
export type Telling = 'told' | 'gone' | { readonly again: true; readonly retryAfterSeconds?: number };

/**
 * Tells GitLab something until it has it or says that it does not want it, with pauses that double up to a minute and
 * are never shorter than what the server asked for. `late`: the deadline (wall clock, ms) or the signal came first.
 */
export async function untilTold(
  tell: () => Promise<Telling>,
  { clock, deadlineMs, signal }: { clock: Clock; deadlineMs: number; signal: AbortSignal },
): Promise<'told' | 'gone' | 'late'> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (signal.aborted) return 'late';
    const answer = await tell();
    if (typeof answer === 'string') return answer;
    const waitMs = Math.max(pauseMs, (answer.retryAfterSeconds ?? 0) * 1000);
    if (clock.now() + waitMs > deadlineMs) return 'late';
    try {
      await clock.sleep(waitMs, signal);
    } catch {
      return 'late';
    }
  }
}

/** How the end of that is called in a job's outcome. */
export const deliveryOf = { told: 'reported', gone: 'dropped', late: 'unreported' } as const;

/** What to do after an answer that is no plain yes. */
export const again = ({ retryAfterSeconds }: { readonly retryAfterSeconds?: number }): Telling => ({
  again: true,
  ...(retryAfterSeconds !== undefined ? { retryAfterSeconds } : {}),
});
