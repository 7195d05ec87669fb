import * as v from 'valibot';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { type CallName, calls, type Handlers, type WireError } from '../../src-shared/ipc.ts';
import type { Logger } from '../base/logger.ts';

export type CallResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: WireError };

/**
 * One call of the contract, whatever transport brought it: the name must exist, the input must fit its schema, the
 * answer is what the handler gave. Never throws: every failure is a WireError. A bug is logged with its stack and
 * crosses as INTERNAL without details.
 */
export async function dispatch(handlers: Handlers, log: Logger, name: unknown, input: unknown): Promise<CallResult> {
  if (typeof name !== 'string' || !Object.hasOwn(calls, name)) {
    return refuse(
      new HarrierError(
        'INPUT_INVALID',
        `there is no call ${typeof name === 'string' ? JSON.stringify(name.slice(0, 60)) : 'of this kind'}`,
      ),
    );
  }
  const call = name as CallName;
  const parsed = v.safeParse(calls[call].input, input ?? {});
  if (!parsed.success) {
    const issue = parsed.issues[0];
    return refuse(
      new HarrierError(
        'INPUT_INVALID',
        `${call}: ${v.getDotPath(issue) ?? 'input'} must be ${issue.expected ?? 'another value'}`,
      ),
    );
  }
  try {
    // The schema of this very name was just applied; the table keeps name, input and handler together.
    const handler = handlers[call] as (value: unknown) => Promise<unknown>;
    return { ok: true, value: await handler(parsed.output) };
  } catch (error) {
    if (error instanceof HarrierError) return refuse(error);
    log.error(`${call} failed`, { error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) });
    return refuse(new HarrierError('INTERNAL', `${call} failed because of a bug in Harrier`));
  }
}

const refuse = (error: HarrierError): CallResult => ({
  ok: false,
  error: { code: error.code, message: error.message, hint: error.hint },
});
