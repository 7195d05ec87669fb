import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { forbidden, readJson, sendJson } from './http.ts';
import { payloadOf } from './payload.ts';
import type { JobAttempt } from './run.ts';

/** A request for a job is held this long when there is none (GitLab's own long polling: 50 s). */
const longPollMs = 50_000;

export interface JobRequests {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** A job became ready: who waits is asked again, in the order of arrival. */
  wake(): void;
  /** Held requests get their 204. */
  close(): void;
}

/** `POST /jobs/request`: a ready job at once, else the request is held until there is one. */
export function createJobRequests(deps: {
  readonly clock: Clock;
  readonly runnerToken: string;
  readonly url: () => string;
  readonly take: () => JobAttempt | undefined;
}): JobRequests {
  const { clock } = deps;
  const waiting = new Set<() => void>();
  let closed = false;

  /** The connection broke before the job was handed over: the next one who asks gets it. */
  const handOver = (response: ServerResponse, attempt: JobAttempt): void => {
    response.once('close', () => {
      if (!response.writableFinished) attempt.pipeline.giveBack(attempt);
    });
    try {
      const payload = payloadOf(attempt, { url: deps.url(), nowIso: new Date(clock.now()).toISOString() });
      sendJson(response, 201, payload);
    } catch (error) {
      attempt.pipeline.finish(attempt, { state: 'failed', reason: 'data_integrity_failure', exitCode: undefined });
      throw error;
    }
  };
  const noJob = (response: ServerResponse): void =>
    void response.writeHead(204, { 'x-gitlab-last-update': 'none' }).end();

  return {
    async answer(request, response) {
      const body = await readJson(request);
      if (body?.['token'] === undefined) return sendJson(response, 400, { error: 'token is missing' });
      if (body['token'] !== deps.runnerToken) return forbidden(response);
      const attemptOnce = (): boolean => {
        if (response.destroyed) return true;
        const attempt = closed ? undefined : deps.take();
        if (attempt !== undefined) handOver(response, attempt);
        return attempt !== undefined;
      };
      if (attemptOnce()) return;
      if (closed) return noJob(response);
      await new Promise<void>((done, failed) => {
        const end = (): void => {
          waiting.delete(resume);
          cancel();
          response.off('close', end);
          done();
        };
        const resume = (): void => {
          try {
            if (attemptOnce()) end();
            else if (closed) expire();
          } catch (error) {
            end();
            failed(error);
          }
        };
        const expire = (): void => {
          noJob(response);
          end();
        };
        const cancel = clock.after(longPollMs, expire, { unref: true });
        waiting.add(resume);
        response.once('close', end);
      });
    },
    wake() {
      for (const resume of [...waiting]) resume();
    },
    close() {
      closed = true;
      for (const resume of [...waiting]) resume();
    },
  };
}
