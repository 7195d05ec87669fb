import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Note } from '../../src-shared/ipc.ts';
import { badgeModel, createBadge } from './badge.ts';
import { closeDialog, onClose } from './close.ts';
import { commandWord } from './command-word.ts';
import { autostartLogin, systemLogin } from './login.ts';
import { createSystemNotes } from './notifications.ts';

const note: Note = { id: 'n', level: 'failure', title: 'lint failed', body: 'a/b', link: '#/jobs/r-1' };

describe('notifications of the system (NOT1)', () => {
  /** An Electron whose notifications do what a test says. */
  const open = (behave: (tell: (event: string) => void) => void, isSupported = true) => {
    const opened: string[] = [];
    const made: { title: string; silent: boolean }[] = [];
    let tell: (event: string) => void = () => {};
    const show = createSystemNotes({
      isSupported: () => isSupported,
      make: (options) => {
        made.push(options);
        const listeners = new Map<string, () => void>();
        tell = (event) => listeners.get(event)?.();
        return {
          on: (event: string, listener: () => void) => void listeners.set(event, listener),
          show: () => behave(tell),
          close: () => {},
        } as never;
      },
      open: (hash) => opened.push(hash),
      failsWithinMs: 5,
    });
    return { show, opened, made, click: () => tell('click') };
  };
  it('shown: a click opens the place; what only informs makes no sound', async () => {
    const { show, opened, made, click } = open((tell) => tell('show'));
    expect(await show(note)).toBe(true);
    await show({ ...note, level: 'info' });
    click();
    expect(opened).toEqual(['#/jobs/r-1']);
    expect(made.map(({ silent }) => silent)).toEqual([false, true]);
  });
  it.each([
    { why: 'the system has no service', part: () => open(() => {}, false) },
    { why: 'the system refuses', part: () => open((tell) => tell('failed')) },
    {
      why: 'it cannot even be made',
      part: () => ({
        show: createSystemNotes({
          isSupported: () => true,
          make: () => {
            throw new Error('no bus');
          },
          open: () => {},
        }),
      }),
    },
  ])('not shown, so that the window does it: $why', async ({ part }) => expect(await part().show(note)).toBe(false));
  it('a system that says nothing has shown it', async () => expect(await open(() => {}).show(note)).toBe(true));
});

describe('badge and progress', () => {
  it.each([
    { state: 'idle' as const, running: 0, model: { count: 0, progress: { value: -1, mode: 'none' } } },
    { state: 'busy' as const, running: 3, model: { count: 3, progress: { value: -1, mode: 'none' } } },
    { state: 'draining' as const, running: 1, model: { count: 1, progress: { value: 2, mode: 'indeterminate' } } },
    { state: 'trouble' as const, running: 0, model: { count: 0, progress: { value: 1, mode: 'error' } } },
  ])('$state with $running', ({ model, ...snapshot }) => expect(badgeModel(snapshot)).toEqual(model));
  it('only what changed is applied', () => {
    const apply = { count: vi.fn(), progress: vi.fn() };
    const badge = createBadge(apply);
    for (const running of [1, 1, 2]) badge.show(badgeModel({ state: 'busy', running }));
    badge.show(badgeModel({ state: 'draining', running: 2 }));
    expect(apply.count.mock.calls).toEqual([[1], [2]]);
    expect(apply.progress.mock.calls).toEqual([
      [-1, 'none'],
      [2, 'indeterminate'],
    ]);
  });
});

describe('closing the window (TR4)', () => {
  it.each([
    ['ask', 'linux', 'ask'],
    ['ask', 'darwin', 'keep'],
    ['ask', 'win32', 'keep'],
    ['quit', 'darwin', 'quit'],
    ['keep', 'linux', 'keep'],
  ] as const)('%s on %s: %s', (setting, platform, answer) => expect(onClose(setting, platform)).toBe(answer));
  it('each button has its answer, Escape changes nothing', () => {
    expect(closeDialog.choices).toHaveLength(closeDialog.buttons.length);
    expect(closeDialog.choices[closeDialog.cancelId]).toBe('stay');
  });
});

describe('start at login (P6)', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'harrier-login-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = () => join(folder, 'autostart', 'harrier.desktop');

  it('Linux: an entry that starts hidden; it counts while its program is there', async () => {
    const program = join(folder, 'my harrier');
    writeFileSync(program, '');
    const login = autostartLogin({ env: { XDG_CONFIG_HOME: folder }, home: '/nowhere', program });
    expect(await login.read()).toEqual({ on: false, needsApproval: false });
    await login.set(true);
    expect(readFileSync(file(), 'utf8')).toContain(`Exec="${program}" --hidden`);
    expect((await login.read()).on).toBe(true);
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('enabled=true', 'enabled=false'));
    expect((await login.read()).on).toBe(false);
    await login.set(true);
    rmSync(program);
    expect((await login.read()).on).toBe(false);
    await login.set(false);
    await login.set(false);
    expect(() => readFileSync(file())).toThrow('ENOENT');
  });
  it('an AppImage is what is started, not the program inside of it', async () => {
    const image = join(folder, 'Harrier.AppImage');
    writeFileSync(image, '');
    const login = autostartLogin({
      env: { XDG_CONFIG_HOME: folder, APPIMAGE: image },
      home: '/',
      program: '/tmp/.mount/harrier',
    });
    await login.set(true);
    expect(readFileSync(file(), 'utf8')).toContain(`"${image}"`);
  });
  it('macOS and Windows: the system keeps it; consent that is missing is told', async () => {
    const app = {
      getLoginItemSettings: vi.fn(() => ({ openAtLogin: false, status: 'requires-approval' }) as never),
      setLoginItemSettings: vi.fn(),
    };
    expect(await systemLogin(app, 'darwin').read()).toEqual({ on: true, needsApproval: true });
    expect(await systemLogin(app, 'win32').read()).toEqual({ on: false, needsApproval: false });
    await systemLogin(app, 'win32').set(true);
    expect(app.setLoginItemSettings).toHaveBeenCalledWith({ openAtLogin: true, args: ['--hidden'] });
  });
});

describe('words of a command line (P9)', () => {
  it.each([
    { argv: ['/opt/Harrier/harrier', 'status'], word: 'status' },
    { argv: ['/opt/Harrier/harrier', 'reset-token', '--name', 'x'], word: 'reset-token' },
    { argv: ['/opt/Harrier/harrier'], word: undefined },
    { argv: ['/opt/Harrier/harrier', '--hidden'], word: undefined },
    { argv: ['/opt/Harrier/harrier', '--config', 'mine'], word: undefined },
    { argv: ['/opt/Harrier/harrier', 'harrier://job/1'], word: undefined },
    { argv: ['/opt/Harrier/harrier', '/home/mira'], word: undefined },
  ])('$argv', ({ argv, word }) => expect(commandWord(argv, true)).toBe(word));
  it('while it is developed, the first argument is the program', () =>
    expect(commandWord(['electron', 'status'], false)).toBeUndefined());
});
