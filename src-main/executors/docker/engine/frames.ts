import type { Readable } from 'node:stream';
import { asError } from '../../../../src-shared/errors.ts';
import { EngineError } from './types.ts';

export type FrameStream = 'stdout' | 'stderr';
/** What takes the bytes; a promise means: wait. The bytes may be overwritten afterwards. */
export type FrameSink = (stream: FrameStream, data: Buffer) => Promise<void> | undefined;

const headerBytes = 8;
const empty = Buffer.alloc(0);

/**
 * Splits the engine's frames (8 bytes: stream 1 or 2, length big-endian in the last four) without collecting them: what
 * is there of a payload goes on at once. Stream 3 is an error of the engine itself.
 */
export function createFrames(sink: FrameSink): (chunk: Buffer) => Promise<void> | undefined {
  let held = empty;
  let left = 0;
  let stream = 1;
  let problem: Buffer[] = [];
  const deliver = (data: Buffer): Promise<void> | undefined => {
    if (stream !== 3) return sink(stream === 2 ? 'stderr' : 'stdout', data);
    problem.push(Buffer.from(data));
    if (left > 0) return undefined;
    const message = Buffer.concat(problem).toString();
    problem = [];
    throw new EngineError(undefined, message);
  };
  return (chunk) => {
    let wait: Promise<void> | undefined;
    const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    held = empty;
    for (let at = 0; at < data.length; ) {
      if (left === 0) {
        if (data.length - at < headerBytes) {
          held = Buffer.from(data.subarray(at));
          break;
        }
        stream = data[at] as number;
        left = data.readUInt32BE(at + 4);
        at += headerBytes;
        continue;
      }
      const take = Math.min(left, data.length - at);
      left -= take;
      wait = deliver(data.subarray(at, at + take)) ?? wait;
      at += take;
    }
    return wait;
  };
}

/** Hands a stream's frames on; waits whenever the sink asks for it. An error of sink or frames destroys the stream. */
export function readFrames(stream: Readable, sink: FrameSink): void {
  const frames = createFrames(sink);
  stream.on('data', (chunk: Buffer) => {
    try {
      const wait = frames(chunk);
      if (wait === undefined) return;
      stream.pause();
      wait.then(
        () => stream.resume(),
        (error: unknown) => stream.destroy(asError(error)),
      );
    } catch (error) {
      stream.destroy(asError(error));
    }
  });
}

/** Reads a stream of frames to its end; waits whenever the sink asks for it. Rejects when the connection breaks. */
export function openFrames(stream: Readable, sink: FrameSink): Promise<void> {
  return new Promise((resolve, reject) => {
    readFrames(stream, sink);
    stream.on('end', resolve);
    stream.on('close', resolve);
    stream.on('error', reject);
  });
}

/** A text member of an answer; an answer without it is no engine's. */
export const textOf = (answer: unknown, key: string): string => {
  const value: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, key) : undefined;
  if (typeof value === 'string') return value;
  throw new EngineError(undefined, `the engine's answer has no ${key}`);
};
