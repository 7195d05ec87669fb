import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { HarrierError } from '../../../src-shared/errors.ts';
import type { Handlers } from '../../../src-shared/ipc.ts';
import { spawned } from '../../base/process.ts';
import { type Editor, findEditor, type Machine } from './editors.ts';

export interface OpenDeps extends Machine {
  /** `[harrier] editor`. */
  readonly wanted: () => string | undefined;
  /** The folder that a job's local pipeline was started in; undefined for every other job. */
  readonly folderOf: (job: string) => string | undefined;
  /** Where jobs of local pipelines have their copies of a folder. */
  readonly builds: string;
  /** Writes a job's log as text beside its own file, and gives the path. */
  readonly writeText: (job: string) => Promise<string>;
}
export interface Opening {
  /** The editor's name, while there is one. */
  readonly editor: string | undefined;
  readonly handlers: Pick<Handlers, 'file.open' | 'trace.open'>;
}

/**
 * Opens files in the person's editor. A path comes out of a log, so it is nobody's word: only a file that lies in the
 * folder of the job's pipeline is opened, and only by an editor, never by what the system has for its kind.
 */
export function createOpening(deps: OpenDeps): Opening {
  let found: { readonly wanted: string | undefined; readonly editor: Editor | undefined } | undefined;
  const current = (): Editor | undefined => {
    const wanted = deps.wanted();
    if (found === undefined || found.wanted !== wanted) found = { wanted, editor: findEditor(wanted, deps) };
    return found.editor;
  };
  const editor = (): Editor => {
    const at = current();
    if (at === undefined) throw new HarrierError('EDITOR_NOT_FOUND', 'there is no editor that Harrier knows here');
    return at;
  };
  return {
    get editor() {
      return current()?.title;
    },
    handlers: {
      async 'file.open'({ job, path, line, column }) {
        const at = editor();
        const folder = deps.folderOf(job);
        const file = folder === undefined ? undefined : await fileIn(folder, path, deps.builds);
        if (file === undefined) throw new HarrierError('FILE_UNKNOWN', `${path} is not a file of this job’s folder`);
        await start(at, at.args({ path: file, line, column }), deps.env);
        return { ok: true };
      },
      async 'trace.open'({ job }) {
        const at = editor();
        await start(at, at.args({ path: await deps.writeText(job) }), deps.env);
        return { ok: true };
      },
    },
  };
}

/** The file that is meant, by its real path, when it lies in the folder; a path in a copy of it means the original. */
async function fileIn(folder: string, path: string, builds: string): Promise<string | undefined> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return undefined;
  const inBuilds = isAbsolute(path) ? below(builds, resolve(path)) : undefined;
  const parts = inBuilds?.split(/[\\/]/) ?? [];
  // How deep the copies lie is the executor's matter: the longest rest that is there is the file.
  const tries = inBuilds === undefined ? [resolve(root, path)] : parts.map((_, at) => join(root, ...parts.slice(at)));
  for (const each of tries) {
    const real = await realpath(each).catch(() => undefined);
    if (real !== undefined && below(root, real) !== undefined && (await stat(real)).isFile()) return real;
  }
  return undefined;
}

/** The path from `folder` to what lies below it. */
function below(folder: string, path: string): string | undefined {
  const way = relative(folder, path);
  return way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? undefined : way;
}

async function start(editor: Editor, args: readonly string[], env: Machine['env']): Promise<void> {
  try {
    const child = spawned(spawn(editor.path, args, { env, detached: true, stdio: 'ignore' }));
    await once(child, 'spawn');
    child.on('error', () => {});
    child.unref();
  } catch (cause) {
    throw new HarrierError('EDITOR_NOT_FOUND', `${editor.title} did not start`, { cause });
  }
}
