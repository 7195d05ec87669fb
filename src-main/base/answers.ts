/** What a PATCH came to (spec/coordinator-api.md 3.2), already free of HTTP. */
export interface SendAnswer {
  readonly kind: 'accepted' | 'range' | 'notFound' | 'failed' | 'abort';
  /** With `range`: the offset the server wants next. */
  readonly offset?: number;
  /** With `abort`: the piece was taken all the same (a 202 whose `Job-Status` ends the job). */
  readonly stored?: boolean;
  /** X-GitLab-Trace-Update-Interval in seconds when usable. */
  readonly intervalSeconds?: number;
  /** Job-Status said `canceling`. */
  readonly canceling?: boolean;
  /** Seconds the server asked to wait (Retry-After), when it did. */
  readonly retryAfterSeconds?: number;
  /** With `failed`: what went wrong, in words for a log. */
  readonly message?: string;
}
/** What a PUT came to (4.3). */
export interface UpdateAnswer extends Omit<SendAnswer, 'kind'> {
  readonly kind: 'ok' | 'accepted' | 'invalidTrace' | 'notFound' | 'failed' | 'abort';
}
