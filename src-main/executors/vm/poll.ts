import type { Clock } from '../../base/clock.ts';

const pauseMs = 1000;

/** Asks once a second until there is an answer, at most for `limitMs`; undefined: there was none. */
export async function poll<T>(
  { clock, signal, limitMs }: { readonly clock: Clock; readonly signal: AbortSignal; readonly limitMs: number },
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = clock.monotonic() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined || clock.monotonic() >= deadline) return answer;
    await clock.sleep(pauseMs, signal);
  }
}
