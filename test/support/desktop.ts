import { fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type HarrierProcess, heard } from './harrier.ts';

/** What Electron was asked for: `window`, `load`, `dialog`, `trayMenu` and so on (fake-electron/electron.mjs). */
export interface Asked {
  readonly what: string;
  readonly detail: unknown;
}
export interface DesktopOptions {
  /** The program; dist/desktop/main.js of this checkout when absent. */
  readonly main?: string;
  /** As packaged, with its resources in this folder. */
  readonly resources?: string;
  /** Every host that it looks up or connects to is written into this file. */
  readonly contacts?: string;
  /** What the app takes its system for. */
  readonly platform?: NodeJS.Platform;
  /** Whether this process gets the lock of the first instance. */
  readonly firstInstance?: boolean;
  readonly canNotify?: boolean;
  /** Arguments behind `--config`. */
  readonly args?: readonly string[];
}
/** The built desktop app over a stand-in for Electron, in a process of its own, with the real engine in it. */
export interface Desktop extends HarrierProcess {
  readonly asked: readonly Asked[];
  /** The next time from now on, or from `since` on, that Electron is asked for this. */
  next<T>(what: string, fits?: (detail: T) => boolean, since?: number): Promise<T>;
  /** Plays the person or the system. */
  act<T = undefined>(act: string, detail?: unknown): Promise<T>;
  /** A call of the contract from the window's main frame, or from a frame with this address. */
  call<T>(name: string, input: unknown, from?: string): Promise<T>;
}

/** Starts dist/desktop/main.js; everything of it lies below `folder`, its config file too. */
export function startDesktop(folder: string, options: DesktopOptions = {}): Desktop {
  const { args = [], main = resolve('dist/desktop/main.js'), contacts, ...fake } = options;
  const before = ['fake-electron/register.mjs', ...(contacts === undefined ? [] : ['contacts.mjs'])];
  const child = fork(main, ['--config', join(folder, 'config.toml'), ...args], {
    cwd: folder,
    execArgv: before.flatMap((module) => ['--import', resolve('test/support', module)]),
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      XDG_CONFIG_HOME: folder,
      HARRIER_DATA: join(folder, 'data'),
      FAKE_ELECTRON: JSON.stringify(fake),
      ...(contacts === undefined ? {} : { CONTACTS: contacts }),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const asked: Asked[] = [];
  const waiting = new Set<() => void>();
  const answers = new Map<number, (value: unknown) => void>();
  let acts = 0;
  child.on('message', (message: Asked) => {
    if (message.what === 'done') {
      const { id, value } = message.detail as { id: number; value: unknown };
      answers.get(id)?.(value);
      return;
    }
    asked.push(message);
    for (const look of [...waiting]) look();
  });
  const act = <T>(name: string, detail?: unknown): Promise<T> =>
    new Promise((done) => {
      const id = acts++;
      answers.set(id, (value) => done(value as T));
      child.send({ id, act: name, detail });
    });
  return {
    ...heard(child),
    asked,
    next: <T>(what: string, fits: (detail: T) => boolean = () => true, since = asked.length) =>
      new Promise<T>((done) => {
        const look = (): void => {
          const found = asked.slice(since).find((each) => each.what === what && fits(each.detail as T));
          if (found === undefined) return;
          waiting.delete(look);
          done(found.detail as T);
        };
        waiting.add(look);
        look();
      }),
    act,
    call: async <T>(name: string, input: unknown, from?: string) => act<T>('call', { name, input, from }),
  };
}
