import { closeActions, dockIcons } from '../../src-shared/config/harrier.ts';
import type { Config } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { AppSettings } from '../../src-shared/host-calls.ts';
import type { Handlers, Note } from '../../src-shared/ipc.ts';
import { setValue } from '../../src-shared/toml/edit.ts';
import { editConfig } from '../config/index.ts';

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
} as const;

/** `[harrier]` as the window shows it. Notifications are off until a person has agreed. */
export const settingsOf = ({ harrier }: Config): Omit<AppSettings, 'login'> => ({
  notifications: harrier?.notifications ?? false,
  asked: harrier?.notifications !== undefined,
  startPaused: harrier?.start_paused ?? false,
  startHidden: harrier?.start_hidden ?? false,
  closeWindow: closeActions.find((each) => each === harrier?.close_window) ?? 'ask',
  dockIcon: dockIcons.find((each) => each === harrier?.dock_icon) ?? 'window',
});

/** Reads and writes the settings of Harrier itself. */
export function createSettingsHandlers(
  deps: SettingsHandlerDeps,
): Pick<Handlers, 'settings.read' | 'settings.change' | 'login.set' | 'note.try'> {
  return {
    'settings.read': async () => {
      const login = await deps.login?.read();
      return { ...settingsOf(deps.config()), ...(login ? { login } : {}) };
    },
    'settings.change': async (changes) => {
      await editConfig(deps.configPath, (text) =>
        Object.entries(changes).reduce(
          (after, [name, value]) =>
            value === undefined ? after : setValue(['harrier', keys[name as keyof typeof keys]], value)(after),
          text,
        ),
      );
      await deps.reload();
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
