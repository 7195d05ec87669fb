import { createLimit } from './limit.ts';
import { compileMasks } from './mask/masker.ts';
import { openSpool } from './spool.ts';
import { createTimestamper } from './timestamps.ts';
import type { Trace, TraceOptions, TraceStream } from './types.ts';
import { createUtf8Repair } from './utf8.ts';

/** One job's log: chains of mask, timestamps and UTF-8 repair that end in one limit and one spool file. */
export async function createTrace(options: TraceOptions): Promise<Trace> {
  const spool = await openSpool(options.spoolPath, options.onFailure);
  const createMasker = compileMasks(options.masks);
  const limit = createLimit(options.limitBytes);
  const open = new Set<TraceStream>();

  const stream: Trace['stream'] = (number, kind) => {
    const masker = createMasker();
    const utf8 = createUtf8Repair();
    let wait: Promise<void> | undefined;
    let ended = false;
    /** `input`: the caller's own memory, which it may use again; what still lies in it is copied. */
    const store = (data: Buffer, input?: Uint8Array): void => {
      const kept = limit.take(data);
      if (kept.length === 0) return;
      wait = spool.append(input !== undefined && kept.buffer === input.buffer ? Buffer.from(kept) : kept) ?? wait;
    };
    const stamper = options.timestamps
      ? createTimestamper(number, kind, options.clock, (data) => store(utf8.write(data)))
      : undefined;
    const self: TraceStream = {
      write(chunk) {
        if (ended || chunk.length === 0) return undefined;
        const input = typeof chunk === 'string' ? Buffer.from(chunk) : asBuffer(chunk);
        wait = undefined;
        const masked = masker.write(input);
        if (masked.length === 0) return undefined;
        if (stamper) stamper.write(masked);
        else store(utf8.write(masked), typeof chunk === 'string' ? undefined : chunk);
        return wait;
      },
      end() {
        if (ended) return;
        ended = true;
        open.delete(self);
        const rest = masker.end();
        if (stamper) {
          if (rest.length > 0) stamper.write(rest);
          stamper.end();
        } else store(utf8.write(rest));
        store(utf8.end());
      },
    };
    open.add(self);
    return self;
  };

  return {
    stream,
    get size() {
      return spool.size;
    },
    checksum: spool.checksum,
    read: spool.read,
    onGrow: spool.onGrow,
    flush: spool.flush,
    lastWords: spool.lastWords,
    async close() {
      for (const each of open) each.end();
      await spool.close();
    },
    remove: spool.remove,
  };
}

const asBuffer = (chunk: Uint8Array): Buffer =>
  Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
