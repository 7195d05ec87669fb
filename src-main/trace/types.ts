import type { HarrierError } from '../../src-shared/errors.ts';
import type { SendAnswer, UpdateAnswer } from '../base/answers.ts';
import type { Clock } from '../base/clock.ts';

/** What is hidden in a job's log. Rules: spec/job-lifecycle.md 9.1 to 9.3. */
export interface MaskRules {
  /** Values replaced by `[MASKED]`, anywhere, also across chunk borders. */
  readonly phrases: readonly string[];
  /** After each of these prefixes the run of `[0-9A-Za-z._=-]` becomes `[MASKED]`. */
  readonly tokenPrefixes: readonly string[];
}

export interface TraceOptions {
  /** The file that holds every byte as it is sent; created 0600. Kept by `close`, removed by `remove`. */
  readonly spoolPath: string;
  readonly masks: MaskRules;
  /** 32-byte line headers (FF_TIMESTAMPS). */
  readonly timestamps: boolean;
  /** Bytes after which the log is cut with the official notice. */
  readonly limitBytes: number;
  readonly clock: Clock;
  /** The disk refused bytes (SPOOL_FAILED): what is written from now on is dropped. */
  readonly onFailure?: (error: HarrierError) => void;
}

/** One chain mask -> timestamps -> UTF-8, as the official runner has one per stage and stream. */
export interface TraceStream {
  /**
   * Takes bytes. Answers a promise only when the writer should wait (the disk is behind): back-pressure.
   * The buffer may be reused by the caller after the call (or after the promise).
   */
  write(chunk: Uint8Array | string): Promise<void> | undefined;
  /** Releases what is held back and ends the line header state. Safe twice. */
  end(): void;
}

/** One job's log: everything goes into one spool file; offsets are bytes of that file. */
export interface Trace {
  /** Opens a chain. `number` and `kind` make the header (`00O`, `01E`); they do not separate the output. */
  stream(number: number, kind: 'O' | 'E'): TraceStream;
  /** Bytes that are in the spool and may be read or sent. Grows only. */
  readonly size: number;
  /** `crc32:…` over the first `size` bytes. */
  checksum(): string;
  read(start: number, length: number): Promise<Buffer>;
  /** Called when `size` has grown (at most once a turn of the event loop). Answers a function that stops it. */
  onGrow(listener: (size: number) => void): () => void;
  /** Everything written so far is in the spool afterwards. Throws SPOOL_FAILED when the disk refused bytes. */
  flush(): Promise<void>;
  /** After SPOOL_FAILED: a few lines more are kept in memory, so that the reader learns why the rest is missing. */
  lastWords(): void;
  /** Flushes and closes; later writes are dropped; `read`, `size`, `checksum` keep working. Safe twice. */
  close(): Promise<void>;
  /** Deletes the spool file. */
  remove(): Promise<void>;
}

export interface UploaderOptions {
  readonly trace: Pick<Trace, 'size' | 'read' | 'onGrow' | 'checksum'>;
  readonly clock: Clock;
  readonly send: (start: number, body: Buffer) => Promise<SendAnswer>;
  /** PUT state=running with checksum and size. */
  readonly touch: (output: { checksum: string; bytesize: number }) => Promise<UpdateAnswer>;
  /** PUT with the final state; called until it says ok, abort or notFound, or the deadline is over. */
  readonly onCancel: () => void;
  readonly onAbort: () => void;
  /** Acknowledged offset, for the journal. */
  readonly onAcknowledged?: (offset: number) => void;
  /** Where a restart goes on. */
  readonly startOffset?: number;
}

export interface Uploader {
  start(): void;
  readonly acknowledged: number;
  /**
   * Sends the rest of the log and then the final state, retrying with back-off until `deadline` (monotonic ms).
   * Answers how it ended; never throws. `gaveUp`: the caller's journal keeps the result for a later start.
   */
  finish(
    update: (output: { checksum: string; bytesize: number }) => Promise<UpdateAnswer>,
    options: { deadlineMs: number; signal?: AbortSignal },
  ): Promise<'done' | 'abort' | 'gaveUp'>;
  /** Ends the loop without a final update. */
  stop(): void;
}
