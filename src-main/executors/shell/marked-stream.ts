import { randomBytes } from 'node:crypto';
import type { RunOptions } from '../types.ts';

export type OutputSink = (chunk: Buffer) => ReturnType<RunOptions['onOutput']>;

/**
 * Output of scripts that share one pipe or terminal. Where one script's output ends is not told by time: after the
 * script has ended this process writes a mark into the same pipe, and everything the script wrote lies before it.
 */
export interface MarkedStream {
  /** Bytes go there from now on. Undefined: they are read and dropped, so that no writer meets a broken pipe. */
  handTo(sink: OutputSink | undefined): void;
  /** Settles when all that was written until now has been handed on; from then on bytes are dropped. */
  finish(): Promise<void>;
  /** For the reading end: answers whether more may come at once; otherwise `resume` is called later. */
  take(chunk: Buffer): boolean;
  /** For the reading end: there is nothing more. */
  end(): void;
}

export interface MarkedStreamOptions {
  /** Puts the mark into the stream, all of it or nothing. `full`: to be tried again when more has been read. */
  readonly writeMark: (mark: Buffer) => 'written' | 'full';
  readonly resume: () => void;
  /** What is done to the bytes of one script (line ends of a terminal); `last` with the final ones. */
  readonly convert?: () => (chunk: Buffer, last: boolean) => Buffer;
}

export const createMarkedStream = ({ writeMark, resume, convert }: MarkedStreamOptions): MarkedStream => {
  let sink: OutputSink | undefined;
  let converter: ((chunk: Buffer, last: boolean) => Buffer) | undefined;
  let finishing: { readonly mark: Buffer; readonly cut: MarkCut; readonly done: () => void } | undefined;
  let pending = false;
  let over = false;

  const tryMark = (): void => {
    if (finishing !== undefined && pending) pending = writeMark(finishing.mark) === 'full';
  };
  const settle = (): void => {
    const { done } = finishing ?? {};
    finishing = undefined;
    sink = undefined;
    done?.();
  };
  return {
    handTo(next) {
      sink = next;
      converter = convert?.();
    },
    finish() {
      if (over) return Promise.resolve();
      return new Promise((done) => {
        const mark = Buffer.from(`\0${randomBytes(12).toString('hex')}\0`);
        finishing = { mark, cut: createMarkCut(mark), done };
        pending = true;
        tryMark();
      });
    },
    take(chunk) {
      const { bytes, complete } = finishing ? finishing.cut(chunk) : { bytes: chunk, complete: false };
      const converted = converter ? converter(bytes, complete) : bytes;
      const wait = converted.length > 0 ? sink?.(converted) : undefined;
      if (complete) settle();
      else tryMark();
      if (wait === undefined) return true;
      void wait.finally(resume);
      return false;
    },
    end() {
      over = true;
      settle();
    },
  };
};

type MarkCut = (chunk: Buffer) => { readonly bytes: Buffer; readonly complete: boolean };

/** Gives what comes before the mark, wherever the chunks are cut. */
const createMarkCut = (mark: Buffer): MarkCut => {
  let held = Buffer.alloc(0);
  return (chunk) => {
    const data = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    const at = data.indexOf(mark);
    const end = at >= 0 ? at : data.length - heldBack(data, mark);
    held = Buffer.from(data.subarray(end));
    return { bytes: data.subarray(0, end), complete: at >= 0 };
  };
};

/** How many of the last bytes may be the beginning of the mark. */
const heldBack = (data: Buffer, mark: Buffer): number => {
  let at = data.indexOf(0, Math.max(0, data.length - mark.length + 1));
  for (; at >= 0; at = data.indexOf(0, at + 1))
    if (mark.subarray(0, data.length - at).equals(data.subarray(at))) return data.length - at;
  return 0;
};
