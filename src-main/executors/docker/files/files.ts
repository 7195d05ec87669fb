import { randomBytes } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { EnvironmentFiles } from '../../types.ts';
import type { Engine } from '../engine/types.ts';
import { type ExecOptions, execStream, runExec } from './exec.ts';
import { listScript, readList } from './list.ts';
import { readTar } from './read-tar.ts';

export interface FilesOptions {
  readonly engine: Engine;
  /** The helper container; started when it is first needed. */
  readonly container: () => Promise<string>;
  /** New folders are open to every user, as everything that the helper makes. */
  readonly openUmask: boolean;
}

/** Files of a job's containers, by the Engine API where it can, by commands in the helper container otherwise. */
export function createFiles({ engine, container, openUmask }: FilesOptions): EnvironmentFiles {
  const shell = (script: string, ...args: string[]) => [
    'sh',
    '-c',
    openUmask ? `umask 0\n${script}` : script,
    'sh',
    ...args,
  ];
  const must = async (what: string, command: readonly string[], options?: ExecOptions): Promise<void> => {
    const { code, stderr } = await runExec(engine, await container(), command, options);
    if (code !== 0) throw new Error(`${what}: ${stderr || `exit code ${code}`}`);
  };
  const stat: EnvironmentFiles['stat'] = async (path) => {
    const found = await engine.statPath(await container(), path);
    return found && { path, kind: found.kind, sizeBytes: found.size, mode: found.mode, mtimeMs: found.mtimeMs };
  };

  return {
    local: false,
    async *list(folder, { signal } = {}) {
      const more = signal !== undefined ? { signal } : {};
      const what = `list ${folder}`;
      yield* readList(execStream(engine, await container(), shell(listScript, folder), { what, ...more }));
    },
    readTar: async (folder, paths, signal) =>
      readTar({ engine, container: await container(), folder, paths, ...(signal !== undefined ? { signal } : {}) }),
    async writeTar(folder, tar, signal) {
      await engine.putArchive(await container(), folder, tar, signal);
    },
    async readFile(path, signal) {
      const found = await stat(path);
      if (found === undefined) return undefined;
      if (found.kind === 'symlink') {
        const more = signal !== undefined ? { signal } : {};
        return execStream(engine, await container(), ['cat', '--', path], { what: `read ${path}`, ...more });
      }
      const tar = await engine.getArchive(await container(), path);
      return tar && firstFile(tar, signal);
    },
    async writeFile(path, body, { mode = 0o600, signal } = {}) {
      const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
      const write = 'mkdir -p "$(dirname "$1")" && (umask 077; cat >"$1") && chmod "$2" "$1"';
      const more = signal !== undefined ? { signal } : {};
      try {
        await must(`write ${path}`, shell(write, temporary, mode.toString(8)), { stdin: body, ...more });
        // Only now, since a body that broke off looks like one that has ended.
        await must(`write ${path}`, ['mv', '-f', '--', temporary, path], more);
      } catch (error) {
        await runExec(engine, await container(), ['rm', '-f', '--', temporary]).catch(() => {});
        throw error;
      }
    },
    stat,
    remove: (path) => must(`remove ${path}`, ['rm', '-rf', '--', path]),
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
