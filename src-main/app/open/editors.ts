import { accessSync, constants } from 'node:fs';
import { basename, delimiter, isAbsolute, join } from 'node:path';

/** A program that shows files to a person, each in a window of its own. */
export interface Editor {
  /** As a person calls it. */
  readonly title: string;
  readonly path: string;
  args(place: Place): string[];
}
/** Lines and columns count from 1. */
export interface Place {
  readonly path: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

const colons = ({ path, line, column }: Place): string => [path, line, line && column].filter(Boolean).join(':');
const goto = (place: Place): string[] => ['--goto', colons(place)];
const behind = (place: Place): string[] => [colons(place)];
const lineFlag = ({ path, line }: Place): string[] => [...(line ? ['--line', `${line}`] : []), path];
const plain = ({ path }: Place): string[] => [path];

/** Editors that are known to open a file at a line without a terminal; the first that is there is used. */
const known: readonly { readonly title: string; readonly names: readonly string[]; readonly args: Editor['args'] }[] = [
  { title: 'VS Code', names: ['code', 'Code.exe', 'code-insiders'], args: goto },
  { title: 'Cursor', names: ['cursor', 'Cursor.exe'], args: goto },
  { title: 'VSCodium', names: ['codium', 'VSCodium.exe'], args: goto },
  { title: 'Zed', names: ['zed', 'zeditor'], args: behind },
  { title: 'Sublime Text', names: ['subl', 'sublime_text.exe'], args: behind },
  { title: 'IntelliJ IDEA', names: ['idea', 'idea64.exe'], args: lineFlag },
  { title: 'WebStorm', names: ['webstorm', 'webstorm64.exe'], args: lineFlag },
  { title: 'PyCharm', names: ['pycharm', 'pycharm64.exe'], args: lineFlag },
  { title: 'GoLand', names: ['goland', 'goland64.exe'], args: lineFlag },
  { title: 'RustRover', names: ['rustrover', 'rustrover64.exe'], args: lineFlag },
];

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly isProgram?: (path: string) => boolean;
}

/** The editor that `[harrier] editor` names, else the first known one of this machine; undefined when there is none. */
export function findEditor(
  wanted: string | undefined,
  { env, platform, isProgram = canRun }: Machine,
): Editor | undefined {
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(isAbsolute), ...usualFolders(env, platform)];
  const find = (name: string): string | undefined =>
    isAbsolute(name) ? (isProgram(name) ? name : undefined) : folders.map((each) => join(each, name)).find(isProgram);
  if (wanted) {
    const path = find(wanted);
    const like = known.find(({ names }) => names.includes(basename(wanted)));
    if (path === undefined) return undefined;
    return { title: like?.title ?? basename(wanted), path, args: like?.args ?? plain };
  }
  for (const { title, names, args } of known)
    for (const name of names) {
      const path = find(name);
      if (path !== undefined) return { title, path, args };
    }
  return undefined;
}

/** Where editors lie that have not put themselves into PATH. */
function usualFolders(env: Machine['env'], platform: NodeJS.Platform): string[] {
  if (platform === 'darwin')
    return ['Visual Studio Code', 'Cursor', 'VSCodium', 'Sublime Text', 'Zed'].flatMap((app) =>
      ['Resources/app/bin', 'SharedSupport/bin', 'MacOS'].map((below) => `/Applications/${app}.app/Contents/${below}`),
    );
  const local = env['LOCALAPPDATA'];
  if (platform !== 'win32' || local === undefined) return [];
  return ['Microsoft VS Code', 'cursor', 'VSCodium'].map((folder) => join(local, 'Programs', folder));
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
