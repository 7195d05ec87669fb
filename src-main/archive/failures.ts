import { type ErrorCode, HarrierError, messageOf } from '../../src-shared/errors.ts';

/** Errors on their way through the archive: what a person can act on gets its code here. */
export function sourceError(path: string, cause: unknown): HarrierError {
  if (cause instanceof HarrierError) return cause;
  return new HarrierError('ARCHIVE_SOURCE', `cannot read ${path}: ${reasonOf(cause)}`, { cause });
}

export function targetError(path: string, cause: unknown): HarrierError {
  if (cause instanceof HarrierError) return cause;
  const code: ErrorCode = codeOf(cause) === 'ENOSPC' || codeOf(cause) === 'EDQUOT' ? 'DISK_FULL' : 'ARCHIVE_TARGET';
  return new HarrierError(code, `cannot write ${path}: ${reasonOf(cause)}`, { cause });
}

export const damaged = (what: string, cause?: unknown): HarrierError =>
  new HarrierError('ARCHIVE_INVALID', what, { cause });

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** `ENOENT: no such file or directory, open '/x'` without the call and the path, which stand in the sentence already. */
const reasonOf = (error: unknown): string =>
  messageOf(error)
    .replace(/, \w+( '.*)?$/s, '')
    .replace(/^E[A-Z]+: /, '');

/** An error as it travels between threads, and back. */
export interface WireError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
}
export const toWire = (error: unknown): WireError => ({
  code: error instanceof HarrierError ? error.code : undefined,
  message: messageOf(error),
});
export const fromWire = (wire: WireError): Error =>
  wire.code ? new HarrierError(wire.code, wire.message) : new Error(wire.message);
