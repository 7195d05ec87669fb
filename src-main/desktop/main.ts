import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  protocol,
  session,
  shell,
  Tray,
} from 'electron';
import { surviveLostPromises } from '../app/last-resort.ts';
import { createApp, createAppLog } from '../app/root.ts';
import { bindIpc, sendEvent } from './ipc-binding.ts';
import { createAppProtocol } from './protocol.ts';
import { mayQuit, quitDialog } from './quit.ts';
import { appOrigin, externalLink, guardApp, guardSession, webPreferences } from './security.ts';
import { createTrayView } from './tray.ts';
import { type TrayAction, trayModel } from './tray-model.ts';

/**
 * The desktop host: wires Electron to the app. Thin on purpose: what decides lives in the files beside it, which are
 * tested against a fake; this file only connects.
 */
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

// S14: one Harrier; a second start shows the first one's window.
if (app.requestSingleInstanceLock()) void start();
else app.quit();

async function start(): Promise<void> {
  await app.whenReady();
  guardSession(session.defaultSession, development);
  Menu.setApplicationMenu(Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]));
  const files = new Set(
    readdirSync(rendererFolder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')),
  );
  session.defaultSession.protocol.handle('app', createAppProtocol(rendererFolder, files));

  const log = createAppLog({
    level: process.env['LOG_LEVEL'],
    write: (text) => void process.stderr.write(text),
    nowMs: Date.now,
    colour: false,
  });
  surviveLostPromises(log);
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
    openLink: async (url) => openExternal(url),
  });

  let window: BrowserWindow | undefined;
  const showWindow = (hash = ''): void => {
    if (window === undefined || window.isDestroyed()) {
      window = new BrowserWindow({
        width: 1440,
        height: 900,
        minWidth: 640,
        minHeight: 480,
        show: false,
        titleBarStyle: process.platform === 'darwin' ? 'hiddenInset' : 'default',
        webPreferences: webPreferences(join(here, 'preload.cjs'), development),
      });
      const made = window;
      made.once('ready-to-show', () => made.show());
      // S22: a crashed page is loaded again once; jobs live in this process and go on.
      made.webContents.once('render-process-gone', () => made.reload());
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
    log: harrier.log,
  });
  const tray = createTrayView({
    tray: new Tray(trayImage('stopped')),
    menu: Menu,
    image: trayImage,
    onAction: (action) => void act(action),
  });
  const drawTray = (): void => tray.show(trayModel(harrier.snapshot()));
  harrier.subscribe((name, payload) => {
    if (window !== undefined) sendEvent(window.webContents, name, payload);
    if (name === 'state.patch') drawTray();
  });
  drawTray();

  let leaving = false;
  const leave = async (osShutdown: boolean): Promise<void> => {
    const allowed = await mayQuit({
      snapshot: harrier.snapshot(),
      osShutdown,
      ask: async (running) => {
        const { choices, ...options } = quitDialog(running);
        const { response } = await dialog.showMessageBox(options);
        return choices[response] ?? 'stay';
      },
      stop: async (mode) => {
        await harrier.stop(mode);
        await harrier.close();
      },
    });
    if (!allowed) return;
    leaving = true;
    app.quit();
  };
  app.on('before-quit', (event) => {
    if (leaving) return;
    event.preventDefault();
    void leave(false);
  });
  app.on('second-instance', () => showWindow());
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
      case 'pause':
      case 'resume':
        for (const runner of harrier.snapshot().runners)
          await harrier.handlers[`runner.${action.do}`]({ runner: runner.key });
        return;
    }
  }

  await harrier.start();
  if (!process.argv.includes('--hidden')) showWindow();
}

/** Template images on macOS, which tints them; elsewhere the variant that fits the panel's theme. */
function trayImage(icon: string) {
  const variant =
    process.platform === 'darwin' ? 'Template' : nativeTheme.shouldUseDarkColors ? '-on-dark' : '-on-light';
  const image = nativeImage.createFromPath(join(assets, 'tray', `${icon}${variant}.png`));
  if (process.platform === 'darwin') image.setTemplateImage(true);
  return image;
}
