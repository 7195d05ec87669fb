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

type PipelineProblemCode = Extract<ErrorCode, 'PIPELINE_INVALID' | 'PIPELINE_UNSUPPORTED'>;

/** A file that is no pipeline at all has thousands of faults; nobody reads more than these. */
const mostProblems = 200;

export function createProblems(): Problems {
  const list: Problem[] = [];
  const known = new Set<string>();
  const add = (code: PipelineProblemCode, message: string, at: Place | undefined): void => {
    const text = at ? `${at.file}:${at.line}: ${message}` : message;
    if (known.has(text) || list.length >= mostProblems) return;
    known.add(text);
    list.push({ code, message: text, ...(at ? { line: at.line } : {}) });
  };
  return {
    list,
    invalid: (message, at) => add('PIPELINE_INVALID', message, at),
    unsupported: (message, at) => add('PIPELINE_UNSUPPORTED', message, at),
  };
}

/** All of them as one error; when one is a fault of the file, that is the code. */
export function throwProblems(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const invalid = problems.some(({ code }) => code === 'PIPELINE_INVALID');
  throw new HarrierError(
    invalid ? 'PIPELINE_INVALID' : 'PIPELINE_UNSUPPORTED',
    problems.map(({ message }) => message).join('\n'),
  );
}
