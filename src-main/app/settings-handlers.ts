import { readFile } from 'node:fs/promises';
import { checkConfig } from '../../src-shared/config/check.ts';
import { closeActions, dockIcons, historyDefaults } from '../../src-shared/config/harrier.ts';
import type { Config } from '../../src-shared/config-schema.ts';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import type { AppSettings, FolderView } from '../../src-shared/host-calls.ts';
import type { CallInput, Handlers, Note } from '../../src-shared/ipc.ts';
import { removeValue, setValue } from '../../src-shared/toml/edit.ts';
import { editConfig } from '../config/index.ts';
import { checkAuthorities, withoutLogin } from '../gitlab/index.ts';

/** Starting with the system, as a host can do it. */
export interface LoginStart {
  read(): Promise<{ readonly on: boolean; readonly needsApproval: boolean }>;
  set(on: boolean): Promise<void>;
}
export interface SettingsHandlerDeps {
  readonly configPath: string;
  readonly config: () => Config;
  readonly reload: () => Promise<void>;
  readonly login: LoginStart | undefined;
  readonly folders: () => readonly FolderView[];
  /** Answers who has shown it. */
  readonly show: (note: Note) => Promise<'system' | 'window'>;
}

/** Settings and the keys they stand under in `[harrier]`. */
const keys = {
  notifications: 'notifications',
  startPaused: 'start_paused',
  startHidden: 'start_hidden',
  closeWindow: 'close_window',
  dockIcon: 'dock_icon',
  proxy: 'proxy',
  noProxy: 'no_proxy',
  caFile: 'ca_file',
  historyCount: 'history_count',
  historyAge: 'history_age',
  historySize: 'history_size',
} as const;

/** `[harrier]` as the window shows it. Notifications are off until a person has agreed. */
export const settingsOf = ({ harrier }: Config): Omit<AppSettings, 'login' | 'folders'> => ({
  notifications: harrier?.notifications ?? false,
  asked: harrier?.notifications !== undefined,
  startPaused: harrier?.start_paused ?? false,
  startHidden: harrier?.start_hidden ?? false,
  closeWindow: closeActions.find((each) => each === harrier?.close_window) ?? 'ask',
  dockIcon: dockIcons.find((each) => each === harrier?.dock_icon) ?? 'window',
  proxy: withoutLogin(harrier?.proxy || 'system'),
  proxyHasLogin: withoutLogin(harrier?.proxy ?? '') !== (harrier?.proxy ?? ''),
  noProxy: harrier?.no_proxy ?? '',
  caFile: harrier?.ca_file ?? '',
  historyCount: harrier?.history_count ?? historyDefaults.count,
  historyAge: harrier?.history_age ?? historyDefaults.age,
  historySize: harrier?.history_size || historyDefaults.size,
});

/** Reads and writes the settings of Harrier itself. */
export function createSettingsHandlers(
  deps: SettingsHandlerDeps,
): Pick<Handlers, 'settings.read' | 'settings.change' | 'settings.reset' | 'login.set' | 'note.try'> {
  return {
    'settings.read': async () => {
      const login = await deps.login?.read();
      return { ...settingsOf(deps.config()), folders: [...deps.folders()], ...(login ? { login } : {}) };
    },
    'settings.change': async (changes) => {
      if (changes.caFile) await checkCaFile(changes.caFile);
      await editConfig(deps.configPath, change(changes, deps.config()));
      await deps.reload();
      return { ok: true };
    },
    'settings.reset': async () => {
      await editConfig(deps.configPath, (text) =>
        Object.values(keys).reduce((after, key) => removeValue(['harrier', key])(after), text),
      );
      await deps.reload();
      await deps.login?.set(false);
      return { ok: true };
    },
    'login.set': async ({ on }) => {
      if (deps.login === undefined)
        throw new HarrierError('NOT_SUPPORTED', 'only the desktop app can start with the system', {
          hint: 'A server without a window starts with `harrier install`.',
        });
      await deps.login.set(on);
      return { ok: true };
    },
    'note.try': async () => ({
      shown: await deps.show({
        id: 'note-try',
        level: 'info',
        title: 'Harrier notifies like this',
        body: 'A click opens the place it is about.',
        link: '#/settings',
      }),
    }),
  };
}

/** Sets what is given; what stands for "as without it" is taken out. Throws INPUT_INVALID with the key's name. */
const change =
  (changes: CallInput<'settings.change'>, config: Config) =>
  (text: string): string => {
    let after = text;
    for (const [name, key] of Object.entries(keys)) {
      const value = name === 'proxy' ? proxyToKeep(changes.proxy, config) : changes[name as keyof typeof changes];
      if (value === undefined) continue;
      const path = ['harrier', key];
      after = (value === '' || (name === 'proxy' && value === 'system') ? removeValue(path) : setValue(path, value))(
        after,
      );
    }
    const problem = checkConfig(after).fatal.find(({ path }) => path[0] === 'harrier');
    if (problem !== undefined) throw new HarrierError('INPUT_INVALID', problem.message);
    return after;
  };

/** The window never saw the login of a proxy: an address that comes back without it is the one that stands there. */
const proxyToKeep = (given: string | undefined, { harrier }: Config): string | undefined =>
  given !== undefined && harrier?.proxy !== undefined && given === withoutLogin(harrier.proxy) ? undefined : given;

async function checkCaFile(path: string): Promise<void> {
  try {
    checkAuthorities(await readFile(path, 'utf8'));
  } catch (error) {
    throw new HarrierError('INPUT_INVALID', `ca_file ${path} cannot be used: ${messageOf(error)}`, {
      hint: 'Name a file of this machine with certificates in PEM form (-----BEGIN CERTIFICATE-----).',
    });
  }
}
