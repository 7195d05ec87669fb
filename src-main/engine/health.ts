/** What the coordinator's answers say about one runner entry, and how long to wait before the next request. */
export interface Health {
  readonly state: 'healthy' | 'unreachable' | 'refused';
  readonly message: string | undefined;
  /** Answers in a row that were not good. */
  readonly count: number;
  ok(): void;
  /** 403 or an unusable URL. Answers the pause in ms. */
  refused(message: string): number;
  /** The server is away, overloaded or not itself. Answers the pause in ms. */
  failed(message: string, retryAfterSeconds?: number): number;
}

/**
 * Back-off of one runner entry. A refused token is asked again at the ordinary pace until `unhealthyLimit` answers in a
 * row, then with pauses that double from one minute to `unhealthyIntervalMs` (the official runner pauses an hour at
 * once; spec/coordinator-api.md 6.3). A server that is away is asked with pauses that double from the interval to
 * one minute, so that work goes on within a minute of its return.
 */
export const createHealth = (settings: {
  intervalMs: () => number;
  unhealthyLimit: () => number;
  unhealthyIntervalMs: () => number;
  random: () => number;
}): Health => {
  let state: Health['state'] = 'healthy';
  let message: string | undefined;
  let count = 0;
  const note = (next: Health['state'], text: string): void => {
    count = state === next ? count + 1 : 1;
    state = next;
    message = text;
  };
  // Between 90 and 110 %: runners that lost one server together do not come back in one wave.
  const spread = (ms: number): number => ms * (0.9 + settings.random() * 0.2);
  return {
    get state() {
      return state;
    },
    get message() {
      return message;
    },
    get count() {
      return count;
    },
    ok() {
      state = 'healthy';
      message = undefined;
      count = 0;
    },
    refused(text) {
      note('refused', text);
      const beyond = count - settings.unhealthyLimit();
      if (beyond < 0) return spread(settings.intervalMs());
      return spread(Math.min(settings.unhealthyIntervalMs(), 60_000 * 2 ** Math.min(beyond, 10)));
    },
    failed(text, retryAfterSeconds) {
      note('unreachable', text);
      const doubled = Math.min(60_000, settings.intervalMs() * 2 ** Math.min(count - 1, 10));
      return Math.max(spread(Math.max(doubled, settings.intervalMs())), (retryAfterSeconds ?? 0) * 1000);
    },
  };
};
