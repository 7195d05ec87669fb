import { JobFailure } from '../types.ts';

/** Why there is no connection. `unreachable` may pass; the others stay the same when they are tried again. */
export class ConnectFailed extends Error {
  override readonly name = 'ConnectFailed';
  readonly kind: 'unreachable' | 'hostKey' | 'login' | 'settings';
  constructor(kind: ConnectFailed['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** For the job: what cannot change by trying again is not tried again. */
export const jobFailureOf = (error: unknown): unknown =>
  error instanceof ConnectFailed && error.kind !== 'unreachable'
    ? new JobFailure('runner_system_failure', error.message, { cause: error })
    : error;
