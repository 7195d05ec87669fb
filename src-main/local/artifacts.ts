import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../src-shared/errors.ts';
import { readDotenv } from './dotenv.ts';
import type { JobAttempt } from './run.ts';

/** Larger artifacts are refused, as a server's own limit would (100 MiB there; a person's disk allows more). */
const largestArtifact = 4 * 1024 ** 3;
const longestHead = 16 * 1024;
/** A packed report of 5 KiB text is never larger. */
const largestDotenv = 16 * 1024;

/**
 * Takes one multipart upload to disk as it comes, and remembers it with the attempt. 400: not the form of an upload, or
 * a type that the job did not announce; 413: too large. Of two uploads of one type the later one counts.
 */
export async function storeArtifact(
  attempt: JobAttempt,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<{ readonly status: number; readonly message: string }> {
  const boundary = /boundary="?([^";]+)"?/.exec(String(request.headers['content-type'] ?? ''))?.[1];
  if (boundary === undefined) return { status: 400, message: 'file is missing' };
  const type = query.get('artifact_type') ?? 'archive';
  const format = query.get('artifact_format') ?? 'zip';
  if (!attempt.run.job.artifacts.some((artifact) => artifact.artifact_type === type))
    return { status: 400, message: `artifact_type ${type} is none of this job` };
  const folder = join(attempt.folder, 'artifacts');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${type.replace(/\W/g, '_')}-${randomBytes(6).toString('hex')}`);
  const part = createPartReader(boundary);
  try {
    await pipeline(request, part.stream, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    await rm(file, { force: true });
    return { status: part.tooLarge() ? 413 : 400, message: messageOf(error) };
  }
  if (type === 'dotenv') {
    const read = part.bytes() > largestDotenv ? 'Invalid Format' : await readDotenv(await readFile(file));
    if (typeof read === 'string') {
      await rm(file, { force: true });
      return { status: 400, message: read };
    }
    attempt.pipeline.setDotenv(attempt, read);
  }
  const [replaced] = attempt.artifacts
    .splice(0, attempt.artifacts.length, ...attempt.artifacts.filter((artifact) => artifact.type !== type), {
      type,
      format,
      filename: basename(part.filename() || 'artifacts'),
      file,
      size: part.bytes(),
    })
    .filter((artifact) => artifact.type === type);
  if (replaced !== undefined) await rm(replaced.file, { force: true });
  return { status: 201, message: '201' };
}

/** Passes the bytes of the one part `file` on; what surrounds them is taken off. */
function createPartReader(boundary: string) {
  const end = Buffer.from(`\r\n--${boundary}`);
  let head: Buffer | undefined = Buffer.alloc(0);
  let held = Buffer.alloc(0);
  let filename = '';
  let bytes = 0;
  let over = false;
  let tooLarge = false;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (over) return done();
      let data = chunk;
      if (head !== undefined) {
        head = Buffer.concat([head, chunk]);
        const close = head.indexOf('\r\n\r\n');
        if (close === -1) return done(head.length > longestHead ? new Error('the part has no end of its head') : null);
        const text = head.subarray(0, close).toString('utf8');
        if (!/name="file"/.test(text)) return done(new Error('the part must be named file'));
        filename = /filename="((?:[^"\\]|\\.)*)"/.exec(text)?.[1]?.replace(/\\(.)/g, '$1') ?? '';
        data = head.subarray(close + 4);
        head = undefined;
      }
      const all = held.length > 0 ? Buffer.concat([held, data]) : data;
      const close = all.indexOf(end);
      const keep = close === -1 ? Math.max(0, all.length - end.length) : close;
      over = close !== -1;
      held = over ? Buffer.alloc(0) : Buffer.from(all.subarray(keep));
      bytes += keep;
      tooLarge = bytes > largestArtifact;
      done(tooLarge ? new Error('the artifact is too large') : null, Buffer.from(all.subarray(0, keep)));
    },
    flush: (done) => done(over ? null : new Error('the upload ended too early')),
  });
  return { stream, filename: () => filename, bytes: () => bytes, tooLarge: () => tooLarge };
}
