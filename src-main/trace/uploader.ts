import type { SendAnswer, UpdateAnswer } from '../base/answers.ts';
import type { Uploader, UploaderOptions } from './types.ts';

/** Most bytes of one PATCH (spec/coordinator-api.md 3.3). */
const chunkBytes = 1024 * 1024;
const firstIntervalMs = 3000;
const longestIntervalMs = 15 * 60 * 1000;
/** A job that prints nothing is asked about at least this often, so that a cancel is seen. */
const longestSilenceMs = 30_000;
const longestPauseMs = 60_000;
/** So often a server may say in one round that it wants to go on elsewhere. */
const mostRanges = 10;

/**
 * Sends the spool by offset and keeps the job alive. One step at a time: the next chunk when there is one, else a touch
 * when the server has not heard of the job for its update interval. Whole megabytes go out back to back, so that a
 * noisy job never has a backlog to send at its end.
 */
export function createUploader(options: UploaderOptions): Uploader {
  const { trace, clock } = options;
  let offset = options.startOffset ?? 0;
  let intervalMs = firstIntervalMs;
  let failures = 0;
  let retryAfterMs = 0;
  let lastContact = clock.monotonic();
  let running = false;
  let ended = false;
  let canceled = false;
  let step: Promise<void> | undefined;
  let cancelTimer = (): void => {};
  let forget = (): void => {};

  const note = (answer: SendAnswer | UpdateAnswer): void => {
    if (answer.intervalSeconds !== undefined && answer.intervalSeconds > 0)
      intervalMs = Math.min(answer.intervalSeconds * 1000, longestIntervalMs);
    retryAfterMs = (answer.retryAfterSeconds ?? 0) * 1000;
    if (answer.canceling && !canceled) {
      canceled = true;
      options.onCancel();
    }
  };
  const acknowledge = (next: number): void => {
    offset = next;
    options.onAcknowledged?.(next);
  };

  /** Sends one chunk. `idle`: there was none. */
  const sendChunk = async (): Promise<SendAnswer['kind'] | 'idle'> => {
    const length = Math.min(chunkBytes, trace.size - offset);
    if (length <= 0) return 'idle';
    const start = offset;
    const body = await trace.read(start, length);
    const answer = await options.send(start, body);
    note(answer);
    if (answer.kind === 'accepted' || answer.stored) acknowledge(start + body.length);
    // The server says where it wants to go on; never beyond what there is.
    else if (answer.kind === 'range') acknowledge(Math.min(answer.offset ?? 0, trace.size));
    if (answer.kind === 'accepted' || answer.kind === 'range') lastContact = clock.monotonic();
    return answer.kind;
  };

  const abort = (): void => {
    if (ended) return;
    ended = true;
    stop();
    options.onAbort();
  };
  const oneStep = async (): Promise<void> => {
    let kind = await sendChunk();
    while (kind === 'accepted' && running && trace.size - offset >= chunkBytes) kind = await sendChunk();
    if (kind === 'idle' && clock.monotonic() - lastContact >= Math.min(intervalMs, longestSilenceMs) - 50) {
      const answer = await options.touch({ checksum: trace.checksum(), bytesize: trace.size });
      note(answer);
      if (answer.kind === 'ok') lastContact = clock.monotonic();
      if (answer.kind === 'abort' || answer.kind === 'notFound') return abort();
      kind = answer.kind === 'failed' ? 'failed' : 'accepted';
    }
    if (kind === 'abort') return abort();
    failures = kind === 'failed' || kind === 'notFound' ? failures + 1 : 0;
  };
  const begin = (): void => {
    cancelTimer();
    step = oneStep().finally(() => {
      step = undefined;
      if (running) schedule();
    });
  };
  const schedule = (): void => {
    cancelTimer();
    const backlog = trace.size - offset >= chunkBytes && failures === 0;
    const paceMs = trace.size > offset ? intervalMs : Math.min(intervalMs, longestSilenceMs);
    const pauseMs =
      failures > 0 ? Math.max(retryAfterMs, Math.min(1000 * 2 ** (failures - 1), longestPauseMs)) : paceMs;
    cancelTimer = clock.after(backlog ? 0 : pauseMs, begin);
  };
  const stop = (): void => {
    running = false;
    cancelTimer();
    forget();
  };

  return {
    start() {
      if (running || ended) return;
      running = true;
      lastContact = clock.monotonic();
      // A full chunk does not wait for the next tick.
      forget = trace.onGrow((size) => {
        if (running && step === undefined && failures === 0 && size - offset >= chunkBytes) begin();
      });
      schedule();
    },
    get acknowledged() {
      return offset;
    },
    async finish(update, { deadlineMs, signal }) {
      stop();
      await step;
      let round = 0;
      for (;;) {
        const pause = await finishOnce(update);
        if (typeof pause === 'string') return pause;
        round += 1;
        const waitMs = Math.max(retryAfterMs, Math.min(1000 * 2 ** Math.max(0, round - 1), longestPauseMs));
        if (signal?.aborted || clock.monotonic() + waitMs > deadlineMs) return 'gaveUp';
        try {
          await clock.sleep(waitMs, signal);
        } catch {
          return 'gaveUp';
        }
      }
    },
    stop,
  };

  async function finishOnce(
    update: Parameters<Uploader['finish']>[0],
  ): Promise<'done' | 'abort' | { readonly failed: true }> {
    // Also after an abort, as the official runner does: a server that still takes the log has all of it.
    for (let ranges = 0; ; ) {
      const before = offset;
      const kind = await sendChunk();
      if (kind === 'idle' || kind === 'notFound' || (kind === 'abort' && offset === before)) break;
      if (kind === 'failed') return { failed: true };
      if (kind === 'range' && (offset === before || ++ranges > mostRanges)) return { failed: true };
    }
    const answer = await update({ checksum: trace.checksum(), bytesize: trace.size });
    note(answer);
    if (answer.kind === 'ok') return 'done';
    if (answer.kind === 'abort' || answer.kind === 'notFound') return 'abort';
    if (answer.kind === 'invalidTrace') acknowledge(0);
    if (answer.kind === 'accepted') retryAfterMs = Math.max(retryAfterMs, (answer.intervalSeconds ?? 1) * 1000);
    return { failed: true };
  }
}
