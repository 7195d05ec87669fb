import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HarrierError } from '../../src-shared/errors.ts';

/** A config file as it is on disk: nothing is changed by reading and writing it back, byte order mark included. */
export interface ConfigText {
  readonly text: string;
  /** Tells whether somebody changed the file meanwhile. */
  readonly hash: string;
}

/** Undefined when there is no such file. Throws when it cannot be read or is no UTF-8 (CONFIG_INVALID). */
export async function readConfigText(path: string): Promise<ConfigText | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new HarrierError('CONFIG_NOT_FOUND', `${path} cannot be read: ${message}`, {
      cause: error,
      hint: 'Check the path and the permissions of the file.',
    });
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, hash: hashOf(text) };
  } catch {
    throw new HarrierError('CONFIG_INVALID', `${path}: the file is not UTF-8 text`, {
      hint: 'Save the file as UTF-8 and try again.',
    });
  }
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
