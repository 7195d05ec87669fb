import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

/** A form with one file, as a stream: the file is never held whole. */
export interface FileForm {
  readonly contentType: string;
  /** Bytes of the whole form, for a file of `size` bytes. */
  length(size: number): number;
  /** The form around this file; a trouble of the file is one of the form. */
  wrap(file: Readable): Readable;
  /** Bytes of the file that have gone into the form that was made last. */
  readonly sent: number;
}

/** multipart/form-data with the one part `file` that GitLab takes (spec/coordinator-api.md 5.1). */
export function fileForm(filename: string): FileForm {
  const boundary = `harrier${randomBytes(15).toString('hex')}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${escapeName(filename)}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  let sent = 0;
  const counted = async function* (file: Readable): AsyncGenerator<Buffer> {
    sent = 0;
    for await (const chunk of file) {
      sent += chunk.length;
      yield chunk;
    }
  };
  return {
    get sent() {
      return sent;
    },
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: (size) => head.length + size + tail.length,
    wrap: (file) => Readable.from(framed(head, counted(file), tail), { objectMode: false }),
  };
}

async function* framed(head: Buffer, file: AsyncIterable<Buffer>, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  yield* file;
  yield tail;
}

/** As Go's mime/multipart, so that GitLab sees the same name. */
const escapeName = (name: string): string =>
  name.replace(/["\\]/g, '\\$&').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
