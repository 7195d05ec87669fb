import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from 'electron';
import type { LoginStart } from '../app/settings-handlers.ts';

const hiddenFlag = '--hidden';

/** macOS and Windows keep the setting themselves; macOS may wait for the person's consent (P6). */
export function systemLogin(
  app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>,
  platform: NodeJS.Platform,
): LoginStart {
  const args = platform === 'win32' ? { args: [hiddenFlag] } : {};
  return {
    async read() {
      const found = app.getLoginItemSettings(args);
      const needsApproval = platform === 'darwin' && found.status === 'requires-approval';
      return { on: found.openAtLogin || needsApproval, needsApproval };
    },
    async set(on) {
      app.setLoginItemSettings({ openAtLogin: on, ...args });
    },
  };
}

/**
 * Linux: an entry of our own in the autostart folder. It counts only while the program it names is there: an AppImage
 * may have been moved.
 */
export function autostartLogin(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The program itself; `$APPIMAGE` counts before it. */
  readonly program: string;
}): LoginStart {
  const { env, home } = options;
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'autostart');
  const path = join(folder, 'harrier.desktop');
  const program = env['APPIMAGE'] || options.program;
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => '');
      const target = /^Exec="((?:[^"\\]|\\.)+)"/m.exec(text)?.[1]?.replace(/\\(.)/g, '$1');
      const isOff = /^(?:Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(text);
      const isThere = target !== undefined && (await stat(target).catch(() => undefined))?.isFile() === true;
      return { on: isThere && !isOff, needsApproval: false };
    },
    async set(on) {
      if (!on) return rm(path, { force: true });
      await mkdir(folder, { recursive: true });
      await writeFile(path, entry(program));
    },
  };
}

const entry = (program: string): string =>
  [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Harrier',
    'Comment=GitLab CI/CD runner',
    `Exec="${program.replace(/[\\"`$]/g, '\\$&')}" ${hiddenFlag}`,
    'Icon=harrier',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
