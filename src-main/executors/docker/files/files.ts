import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { RunCommand } from '../../posix/command.ts';
import { createFiles as createPosixFiles } from '../../posix/files.ts';
import type { EnvironmentFiles } from '../../types.ts';
import type { Engine } from '../engine/types.ts';
import { runExec } from './exec.ts';

export interface FilesOptions {
  readonly engine: Engine;
  /** The helper container; started when it is first needed. */
  readonly container: () => Promise<string>;
  /** New folders are open to every user, as everything that the helper makes. */
  readonly openUmask: boolean;
}

/** Files of a job's containers, by the Engine API where it can, by commands in the helper container otherwise. */
export function createFiles({ engine, container, openUmask }: FilesOptions): EnvironmentFiles {
  const run: RunCommand = async (command, options) => runExec(engine, await container(), command, options);
  const wholeFolder = async (folder: string): Promise<Readable> => {
    const all = await engine.getArchive(await container(), folder);
    if (all === undefined) throw new Error(`read ${folder}: no such folder`);
    return all;
  };
  const byCommands = createPosixFiles(run, { openUmask, wholeFolder });
  const stat: EnvironmentFiles['stat'] = async (path) => {
    const found = await engine.statPath(await container(), path);
    return found && { path, kind: found.kind, sizeBytes: found.size, mode: found.mode, mtimeMs: found.mtimeMs };
  };
  return {
    ...byCommands,
    async writeTar(folder, tar, signal) {
      await engine.putArchive(await container(), folder, tar, signal);
    },
    async readFile(path, signal) {
      const found = await stat(path);
      if (found === undefined) return undefined;
      if (found.kind === 'symlink') return byCommands.readFile(path, signal);
      const tar = await engine.getArchive(await container(), path);
      return tar && firstFile(tar, signal);
    },
    stat,
  };
}

/** The content of the only file in a tar. */
function firstFile(tar: Readable, signal: AbortSignal | undefined): Readable {
  const output = new PassThrough({ highWaterMark: 1024 * 1024 });
  const unpack = extract();
  unpack.on('entry', (_header, entry, next) => {
    entry.on('end', () => next());
    entry.on('error', (error) => output.destroy(error));
    entry.pipe(output);
  });
  pipeline(tar, unpack, signal ? { signal } : {}).catch((error: unknown) =>
    output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  output.on('close', () => {
    tar.destroy();
    unpack.destroy();
  });
  return output;
}
