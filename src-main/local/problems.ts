import { type ErrorCode, HarrierError } from '../../src-shared/errors.ts';
import type { Problem } from '../../src-shared/ipc.ts';

/** Collects what is wrong with a pipeline, so that a person sees all of it at once. */
export interface Problems {
  readonly list: readonly Problem[];
  invalid(message: string, at?: Place): void;
  unsupported(message: string, at?: Place): void;
}
/** Where something stands: file relative to the repository, line from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export function createProblems(): Problems {
  const list: Problem[] = [];
  const add = (code: ErrorCode, message: string, at: Place | undefined): void => {
    const text = at ? `${at.file}:${at.line}: ${message}` : message;
    if (!list.some((known) => known.message === text))
      list.push({ code, message: text, ...(at ? { line: at.line } : {}) });
  };
  return {
    list,
    invalid: (message, at) => add('PIPELINE_INVALID', message, at),
    unsupported: (message, at) => add('PIPELINE_UNSUPPORTED', message, at),
  };
}

/** All of them as one error, the first code in front. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new HarrierError(first.code as ErrorCode, problems.map(({ message }) => message).join('\n'));
}
