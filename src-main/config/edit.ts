import { chown, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { type Edit, removeValue, setValue } from '../../src-shared/toml/edit.ts';
import { isTable, valuesOf } from '../../src-shared/toml/values.ts';
import { writeFileAtomic } from '../base/files.ts';
import { readConfig } from './load.ts';
import { hashOf, readConfigText } from './read-text.ts';

export type { Edit } from '../../src-shared/toml/edit.ts';

export interface EditOptions {
  /** The hash of the text that the change was made for; another text on disk is CONFIG_CONFLICT. */
  readonly basedOn?: string;
}
export interface Edited {
  readonly changed: boolean;
  /** Of the text that is on disk now. */
  readonly hash: string;
}

/**
 * Reads, changes and saves a config file: 0600, atomic, what was there before in `<path>.bak`. A file that is not there
 * begins as an empty one; an edit that changes nothing writes nothing. Throws CONFIG_INVALID when the result could not be
 * loaded, CONFIG_CONFLICT when somebody else changed the file, CONFIG_WRITE_FAILED with the old file in place.
 */
export async function editConfig(path: string, edit: Edit, options: EditOptions = {}): Promise<Edited> {
  // Behind a link the file itself is replaced, not the link.
  const target = await realpath(path).catch(() => path);
  const before = await readConfigText(target);
  const text = before?.text ?? '';
  if (options.basedOn !== undefined && options.basedOn !== hashOf(text)) throw conflict(path);
  const after = edit(text);
  if (after === text) return { changed: false, hash: hashOf(text) };
  readConfig(after, path);
  const now = await readConfigText(target);
  if (now?.hash !== before?.hash) throw conflict(path);
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const owner = await stat(target).catch(() => undefined);
    if (before !== undefined) await save(`${target}.bak`, text, owner);
    await save(target, after, owner);
  } catch (error) {
    throw new HarrierError('CONFIG_WRITE_FAILED', `${path} could not be saved: ${messageOf(error)}`, { cause: error });
  }
  return { changed: true, hash: hashOf(after) };
}

/** A file that root saves stays with the user it belongs to. */
async function save(path: string, text: string, owner: { readonly uid: number; readonly gid: number } | undefined) {
  await writeFileAtomic(path, text);
  if (owner && process.getuid?.() === 0 && owner.uid !== 0) await chown(path, owner.uid, owner.gid);
}

const conflict = (path: string): HarrierError =>
  new HarrierError('CONFIG_CONFLICT', `${path} was changed by another program meanwhile`);

/** What the official `register` writes into a new file. */
const newFile = [
  'concurrent = 1',
  'check_interval = 0',
  'connection_max_age = "15m0s"',
  'shutdown_timeout = 0',
  '',
  '[session_server]',
  '  session_timeout = 1800',
  '',
].join('\n');

/** Adds a `[[runners]]` at the end; a new file gets the globals that the official `register` writes. */
export const addRunner =
  (runner: Readonly<Record<string, unknown>>): Edit =>
  (text) => {
    const start = text.replace(/^\uFEFF/, '').trim() === '' ? newFile : text;
    return setValue(['runners', countRunners(start)], runner)(start);
  };

/** Takes out one `[[runners]]` with its tables and comments. */
export const removeRunner =
  (index: number): Edit =>
  (text) => {
    if (index < 0 || index >= countRunners(text)) throw gone();
    return removeValue(['runners', index])(text);
  };

/** Sets keys of one `[[runners]]`, one by one; `undefined` takes a key out. */
export const setRunnerKeys =
  (index: number, values: Readonly<Record<string, unknown>>): Edit =>
  (text) => {
    if (index < 0 || index >= countRunners(text)) throw gone();
    return Object.entries(values).reduce(
      (result, [key, value]) =>
        (value === undefined ? removeValue(['runners', index, key]) : setValue(['runners', index, key], value))(result),
      text,
    );
  };

const gone = (): HarrierError => new HarrierError('RUNNER_UNKNOWN', 'this runner is not in the file any more');

function countRunners(text: string): number {
  const values = (() => {
    try {
      return valuesOf(text.replace(/^\uFEFF/, ''));
    } catch {
      throw new HarrierError('CONFIG_INVALID', 'the file is no valid TOML; it cannot be edited until that is mended');
    }
  })();
  const name = Object.hasOwn(values, 'runners')
    ? 'runners'
    : Object.keys(values).find((key) => key.toLowerCase() === 'runners');
  const runners = name === undefined ? undefined : values[name];
  return Array.isArray(runners) ? runners.filter(isTable).length : 0;
}
