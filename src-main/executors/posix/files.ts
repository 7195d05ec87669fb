import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { EnvironmentFiles, FileEntry } from '../types.ts';
import { CommandFailed, type CommandOptions, commandStream, mustRun, type RunCommand } from './command.ts';
import { listScript, readList, statScript } from './list.ts';
import { pickFromTar } from './pick-from-tar.ts';
import { noListCode, readTar } from './read-tar.ts';

const absentCode = 44;

/**
 * Files of a place that is reached by commands alone: a POSIX shell and a tar are all it needs. `openUmask`: folders
 * that are made on the way are open to every user. `wholeFolder`: where the place's tar takes no list of names, a tar of
 * all that is in a folder; absent: that tar makes it.
 */
export function createFiles(
  run: RunCommand,
  options: {
    readonly openUmask: boolean;
    readonly wholeFolder?: (folder: string, signal: AbortSignal | undefined) => Promise<Readable>;
  },
): EnvironmentFiles {
  const { openUmask } = options;
  const shell = (script: string, ...args: string[]) => [
    'sh',
    '-c',
    openUmask ? `umask 0\n${script}` : script,
    'sh',
    ...args,
  ];
  const within = (signal: AbortSignal | undefined) => (signal !== undefined ? { signal } : {});
  const must = (what: string, command: readonly string[], options?: CommandOptions) =>
    mustRun(run, what, command, options);
  const wholeFolder =
    options.wholeFolder ??
    (async (folder, signal) =>
      commandStream(run, `read ${folder}`, shell('cd "$1" && exec tar -cf - .', folder), within(signal)));
  return {
    local: false,
    list: (folder, { signal } = {}) =>
      readList(commandStream(run, `list ${folder}`, shell(listScript, folder), within(signal))),
    async readTar(folder, paths, signal) {
      try {
        return await readTar(run, { folder, paths, signal });
      } catch (error) {
        if (!(error instanceof CommandFailed) || error.exitCode !== noListCode) throw error;
        return pickFromTar(await wholeFolder(folder, signal), paths, signal);
      }
    },
    // The owner is whoever unpacks; modes are those of the archive.
    writeTar: (folder, tar, signal) =>
      must(`write below ${folder}`, shell('mkdir -p "$1" && cd "$1" && exec tar -xpof -', folder), {
        stdin: tar,
        ...within(signal),
      }),
    async readFile(path, signal) {
      const script = `[ -e "$1" ] || [ -L "$1" ] || exit ${absentCode}; printf x; exec cat "$1"`;
      const stream = commandStream(run, `read ${path}`, shell(script, path), within(signal));
      try {
        // The byte before the content: there is a file.
        await once(stream, 'readable', within(signal));
        stream.read(1);
        return stream;
      } catch (error) {
        stream.destroy();
        if (error instanceof CommandFailed && error.exitCode === absentCode) return undefined;
        throw error;
      }
    },
    async writeFile(path, body, { mode = 0o600, signal } = {}) {
      const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
      const write = 'mkdir -p "$(dirname "$1")" && (umask 077; cat >"$1") && chmod "$2" "$1"';
      try {
        await must(`write ${path}`, shell(write, temporary, mode.toString(8)), { stdin: body, ...within(signal) });
        // Only now, since a body that broke off looks like one that has ended.
        await must(`write ${path}`, ['mv', '-f', '--', temporary, path], within(signal));
      } catch (error) {
        await run(['rm', '-f', '--', temporary]).catch(() => {});
        throw error;
      }
    },
    async stat(path): Promise<FileEntry | undefined> {
      for await (const entry of readList(commandStream(run, `look at ${path}`, shell(statScript, path)))) {
        return { ...entry, path };
      }
      return undefined;
    },
    remove: (path) => must(`remove ${path}`, ['rm', '-rf', '--', path]),
  };
}
