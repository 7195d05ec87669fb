import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  session,
  shell,
  Tray,
} from 'electron';
import { deepLinkIn, readDeepLink } from '../../src-shared/deep-link.ts';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { drainTimeoutMs } from '../app/drain-timeout.ts';
import { surviveLostPromises } from '../app/last-resort.ts';
import { followLogSettings } from '../app/log-settings.ts';
import { createApp, createAppLog } from '../app/root.ts';
import { settingsOf } from '../app/settings-handlers.ts';
import { readPower } from '../base/power.ts';
import { badgeModel, createBadge } from './badge.ts';
import { closeDialog, onClose } from './close.ts';
import { commandWord } from './command-word.ts';
import { bindIpc, createFeed, type Feed } from './ipc-binding.ts';
import { autostartLogin, systemLogin } from './login.ts';
import { watchPage, watchProcesses } from './lost.ts';
import { applicationMenu } from './menu.ts';
import { createSystemNotes } from './notifications.ts';
import { builtFiles, createAppProtocol } from './protocol.ts';
import { mayQuit, quitDialog } from './quit.ts';
import { appOrigin, externalLink, guardApp, guardSession, webPreferences } from './security.ts';
import { createTrayView } from './tray.ts';
import { pauseEnd, type TrayAction, trayModel } from './tray-model.ts';

/**
 * The desktop host: wires Electron to the app. Thin on purpose: what decides lives in the files beside it, which are
 * tested against a fake; this file only connects.
 */
const trayGuid = '6f1f3c0a-7c1c-4b0e-9a53-4d2b1c7f0e11';
const development = !app.isPackaged;
const here = import.meta.dirname;
const rendererFolder = join(here, '..', 'renderer');
const assets = app.isPackaged ? join(process.resourcesPath, 'assets') : join(here, '..', '..', 'assets');

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);
const openExternal = (url: string): void => {
  const link = externalLink(url);
  if (link !== undefined) void shell.openExternal(link);
};
guardApp(app, openExternal);

// Windows shows notifications only of a program with a known id (P4).
app.setAppUserModelId('dev.harrier.Harrier');
// Links: in a packaged app the installer and this call say who opens them. They can only navigate.
if (app.isPackaged) app.setAsDefaultProtocolClient('harrier');
let openLinkTo = (hash: string): void => {
  firstHash = hash;
};
let firstHash = deepLinkIn(process.argv.slice(1)) ?? '';
app.on('open-url', (event, url) => {
  event.preventDefault();
  const hash = readDeepLink(url);
  if (hash !== undefined) openLinkTo(hash);
});

// S14: one Harrier; a second start shows the first one's window.
const command = commandWord(process.argv, app.isPackaged);
if (command !== undefined) {
  process.stderr.write(`harrier ${command} is a command of the npm package harrier; this program opens the window.\n`);
  app.exit(2);
} else if (app.requestSingleInstanceLock()) start().catch(giveUp);
else app.quit();

/** Nothing is there yet that could show it. */
function giveUp(error: unknown): void {
  process.stderr.write(`${error instanceof HarrierError ? error.message : String(error)}\n`);
  dialog.showErrorBox('Harrier cannot start', [messageOf(error), hintOf(error)].filter(Boolean).join('\n\n'));
  app.exit(1);
}

async function start(): Promise<void> {
  await app.whenReady();
  guardSession(session.defaultSession, development);
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(process.platform, development)));
  const files = new Set(builtFiles(rendererFolder));
  session.defaultSession.protocol.handle('app', createAppProtocol(rendererFolder, files));

  const log = createAppLog({
    level: process.env['LOG_LEVEL'],
    write: (text) => void process.stderr.write(text),
    nowMs: Date.now,
    colour: false,
  });
  surviveLostPromises(log);
  watchProcesses(app, log);
  const argument = process.argv.indexOf('--config');
  const harrier = await createApp({
    configPath: argument > 0 ? process.argv[argument + 1] : undefined,
    assetsFolder: assets,
    log,
    configMayBeMissing: true,
    host: { kind: 'electron', platform: process.platform, canPickFolder: true },
    pickFolder: async () => {
      const answer = await dialog.showOpenDialog({ properties: ['openDirectory'] });
      return answer.canceled ? null : (answer.filePaths[0] ?? null);
    },
    power: async () =>
      process.platform === 'linux' ? readPower('linux') : powerMonitor.isOnBatteryPower() ? 'battery' : 'mains',
    onConfig: followLogSettings(log, { level: process.env['LOG_LEVEL'] }),
    openLink: async (url) => openExternal(url),
    notify: createSystemNotes({
      isSupported: () => Notification.isSupported(),
      make: (options) => new Notification(options),
      open: (hash) => showWindow(hash),
    }),
    login:
      process.platform === 'linux'
        ? autostartLogin({ env: process.env, home: homedir(), program: process.execPath })
        : systemLogin(app, process.platform),
  });
  const settings = () => settingsOf(harrier.config());

  let window: BrowserWindow | undefined;
  let feed: Feed | undefined;
  const showWindow = (hash = ''): void => {
    if (window === undefined || window.isDestroyed()) {
      window = new BrowserWindow({
        width: 1440,
        height: 900,
        minWidth: 640,
        minHeight: 480,
        show: false,
        autoHideMenuBar: true,
        // P8: size and place are kept by Electron itself.
        name: 'main',
        windowStatePersistence: true,
        titleBarStyle: process.platform === 'darwin' ? 'hiddenInset' : 'default',
        webPreferences: webPreferences(join(here, 'preload.cjs'), development),
      });
      const made = window;
      feed = createFeed(made.webContents);
      made.webContents.on('did-navigate', () => feed?.restart());
      made.once('ready-to-show', () => made.show());
      void app.dock?.show();
      made.on('close', (event) => {
        if (leaving) return;
        const answer = onClose(settings().closeWindow, process.platform);
        if (answer === 'keep') return;
        event.preventDefault();
        void (answer === 'quit' ? leave(false) : askClose(made));
      });
      // Windows ends the session (S23): there is no time for a question.
      made.on('session-end', () => void leave(true));
      // TR5: without a window the Dock is left, unless the setting keeps it.
      made.on('closed', () => {
        if (settings().dockIcon === 'window') app.dock?.hide();
      });
      watchPage(made, log);
      void made.loadURL(`${appOrigin}/${hash}`);
    } else {
      if (hash !== '') void window.loadURL(`${appOrigin}/${hash}`);
      window.show();
      window.focus();
    }
  };

  bindIpc({
    ipcMain,
    handlers: harrier.handlers,
    isOurs: (contents) => contents === window?.webContents,
    onSeen: (number) => feed?.seen(number),
    log: harrier.log,
  });
  const tray = createTrayView({
    // TR5: with a fixed number the icon keeps its place in Windows' notification area.
    tray: process.platform === 'win32' ? new Tray(trayImage('stopped'), trayGuid) : new Tray(trayImage('stopped')),
    menu: Menu,
    image: trayImage,
    onAction: (action) => void act(action),
  });
  const badge = createBadge({
    count: (count) => app.setBadgeCount(count),
    progress: (value, mode) => {
      if (window !== undefined && !window.isDestroyed()) window.setProgressBar(value, { mode });
    },
  });
  const drawTray = (): void => {
    const now = harrier.snapshot();
    tray.show(trayModel(now));
    badge.show(badgeModel(now));
  };
  harrier.subscribe((name, payload) => {
    feed?.tell(name, payload);
    if (name === 'state.patch') drawTray();
  });
  drawTray();

  let leaving = false;
  let systemEnds = false;
  const leave = async (osShutdown: boolean): Promise<void> => {
    // Whatever comes after the system has said that it goes down asks no question any more.
    systemEnds ||= osShutdown;
    const allowed = await mayQuit({
      snapshot: harrier.snapshot(),
      osShutdown: systemEnds,
      ask: async (running) => {
        const { choices, ...options } = quitDialog(running);
        const { response } = await dialog.showMessageBox(options);
        return choices[response] ?? 'stay';
      },
      stop: async (mode) => {
        await harrier.stop(mode, mode === 'drain' ? { timeoutMs: drainTimeoutMs(harrier.config()) } : {});
        await harrier.close();
      },
    });
    if (!allowed) return;
    leaving = true;
    app.quit();
  };
  /** TR4: asked where the tray may be missing; the answer is kept when a person wants that. */
  async function askClose(open: BrowserWindow): Promise<void> {
    const { choices, ...options } = closeDialog;
    const { response, checkboxChecked } = await dialog.showMessageBox(open, options);
    const choice = choices[response] ?? 'stay';
    if (choice === 'stay') return;
    if (checkboxChecked) await harrier.handlers['settings.change']({ closeWindow: choice });
    if (choice === 'quit') return leave(false);
    open.destroy();
  }
  app.on('before-quit', (event) => {
    if (leaving) return;
    event.preventDefault();
    void leave(false);
  });
  // S23: the system goes down without a question; jobs are ended and reported in the time that it gives.
  powerMonitor.on('shutdown', (event?: Electron.Event) => {
    event?.preventDefault();
    void leave(true);
  });
  app.on('second-instance', (_event, words) => showWindow(deepLinkIn(words) ?? ''));
  openLinkTo = showWindow;
  app.on('activate', () => showWindow());
  // The tray keeps Harrier alive: closing the window ends nothing.
  app.on('window-all-closed', () => {});

  async function act(action: TrayAction): Promise<void> {
    switch (action.do) {
      case 'open':
        return showWindow();
      case 'openJob':
        return showWindow(`#/jobs/${encodeURIComponent(action.job)}`);
      case 'quit':
        return leave(false);
      case 'start':
        await harrier.handlers['engine.start']({});
        return;
      case 'drain':
      case 'stop':
        await harrier.handlers['engine.stop']({ mode: action.do === 'drain' ? 'drain' : 'now' });
        return;
      case 'pause': {
        const untilMs = pauseEnd(action.until, Date.now());
        for (const { key } of harrier.snapshot().runners)
          await harrier.handlers['runner.pause']({
            runner: key,
            untilPluggedIn: action.until === 'pluggedIn',
            ...(untilMs !== undefined ? { untilMs } : {}),
          });
        return;
      }
      case 'resume':
        for (const { key } of harrier.snapshot().runners) await harrier.handlers['runner.resume']({ runner: key });
        return;
    }
  }

  // A window that cannot take jobs still shows why, its history and the config file.
  await harrier.start().catch((error: unknown) => {
    log.error('Harrier could not start', { error: messageOf(error) });
    void dialog.showMessageBox({ type: 'error', message: messageOf(error), detail: hintOf(error) });
  });
  const hidden =
    process.argv.includes('--hidden') || settings().startHidden || app.getLoginItemSettings().wasOpenedAtLogin;
  if (!hidden || firstHash !== '') showWindow(firstHash);
  else if (settings().dockIcon === 'window') app.dock?.hide();
}

const hintOf = (error: unknown): string => (error instanceof HarrierError ? error.hint : '');

/** Template images on macOS, which tints them; elsewhere the variant that fits the panel's theme. */
function trayImage(icon: string) {
  const variant =
    process.platform === 'darwin' ? 'Template' : nativeTheme.shouldUseDarkColors ? '-on-dark' : '-on-light';
  const image = nativeImage.createFromPath(join(assets, 'tray', `${icon}${variant}.png`));
  if (process.platform === 'darwin') image.setTemplateImage(true);
  return image;
}
