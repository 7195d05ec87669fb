import { HarrierError } from '../../src-shared/errors.ts';
import type { WireError } from '../../src-shared/ipc.ts';

/** A call that failed, as the engine said it. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  readonly code: string;
  readonly hint: string | undefined;
  constructor(error: WireError) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint;
  }
}

/** The connection ended before the answer came, or there is none. */
export const lostConnection = (): WireFailure =>
  new WireFailure({ code: 'CONNECTION_LOST', message: 'Harrier does not answer. The connection was lost.' });

/** What stands at a field or row: the fact, and the next step where there is one. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}
export const troubleOf = (error: unknown): Trouble =>
  error instanceof WireFailure || error instanceof HarrierError
    ? { code: error.code, message: error.message, ...(error.hint !== undefined ? { hint: error.hint } : {}) }
    : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
