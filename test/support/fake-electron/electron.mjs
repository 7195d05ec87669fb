// A stand-in for Electron's main process: what is asked of it is told to the test over IPC, and the test plays the
// system's and the person's part (events, clicks, answers of dialogs, calls from a frame).
import { EventEmitter } from 'node:events';

const {
  resources,
  platform = process.platform,
  firstInstance = true,
  canNotify = true,
} = JSON.parse(process.env.FAKE_ELECTRON ?? '{}');
process.resourcesPath = resources;
Object.defineProperty(process, 'platform', { value: platform });
const tell = (what, detail) => process.send?.({ what, detail });
/** What the person presses in the next dialogs. */
const answers = [];
const windows = [];
let protocolHandler;
let ipcHandler;
let ipcSeen;
let trayMenu = [];
const notifications = [];

class App extends EventEmitter {
  isPackaged = resources !== undefined;
  dock = platform === 'darwin' ? { show: async () => tell('dock', true), hide: () => tell('dock', false) } : undefined;
  whenReady = async () => {};
  requestSingleInstanceLock = () => firstInstance;
  setAppUserModelId = (id) => tell('appUserModelId', id);
  setAsDefaultProtocolClient = (scheme) => tell('protocolClient', scheme);
  setBadgeCount = (count) => tell('badge', count);
  getLoginItemSettings = () => ({ openAtLogin: false, wasOpenedAtLogin: false });
  setLoginItemSettings = (settings) => tell('login', settings);
  exit = (code) => process.exit(code);
  quit() {
    let stayed = false;
    this.emit('before-quit', { preventDefault: () => (stayed = true) });
    tell('quit', { stayed });
    if (!stayed) process.exit(0);
  }
}
export const app = new App();

class Contents extends EventEmitter {
  mainFrame = { url: '' };
  isDestroyed = () => false;
  setWindowOpenHandler(handler) {
    this.openWindow = handler;
  }
  isSlow = false;
  /** The page takes it in, and its preload says so, unless the page hangs. */
  send(channel, name, payload, number) {
    this.last = number;
    tell('event', { channel, name, payload, number });
    if (!this.isSlow) ipcSeen?.({ senderFrame: this.mainFrame, sender: this }, number);
  }
  reload = () => tell('reload');
}

export class BrowserWindow extends EventEmitter {
  webContents = new Contents();
  destroyed = false;
  constructor(options) {
    super();
    windows.push(this);
    if (windows.some((other) => other !== this && !other.destroyed && other.title === options.name))
      throw new Error('two windows of one name');
    this.title = options.name;
    tell('window', options);
    app.emit('web-contents-created', {}, this.webContents);
    setImmediate(() => this.emit('ready-to-show'));
  }
  async loadURL(url) {
    this.webContents.mainFrame.url = url;
    this.webContents.emit('did-navigate', {}, url);
    tell('load', url);
  }
  isDestroyed = () => this.destroyed;
  show = () => tell('show');
  focus = () => tell('focus');
  setProgressBar = (value, options) => tell('progress', { value, ...options });
  destroy() {
    this.destroyed = true;
    tell('destroyed');
    this.emit('closed');
  }
  /** The person's cross. */
  close() {
    let stayed = false;
    this.emit('close', { preventDefault: () => (stayed = true) });
    if (!stayed) this.destroy();
  }
}

export const dialog = {
  showErrorBox: (title, text) => tell('errorBox', { title, text }),
  showMessageBox: async (...args) => {
    const options = args.at(-1);
    tell('dialog', options);
    const answer = answers.shift() ?? { button: options.buttons[options.cancelId] };
    return { response: options.buttons.indexOf(answer.button), checkboxChecked: answer.remember === true };
  },
  showOpenDialog: async () => ({ canceled: true, filePaths: [] }),
};
export const ipcMain = {
  handle: (_channel, handler) => {
    ipcHandler = handler;
  },
  removeHandler: () => {},
  on: (_channel, listener) => {
    ipcSeen = listener;
  },
  off: () => {},
};
export const Menu = {
  buildFromTemplate: (template) => template,
  setApplicationMenu: (template) => tell('menu', plain(template)),
};
export class Notification extends EventEmitter {
  static isSupported = () => canNotify;
  constructor(options) {
    super();
    this.options = options;
    notifications.push(this);
  }
  show() {
    tell('notification', this.options);
    this.emit('show');
  }
  close() {}
}
export const nativeImage = {
  createFromPath: (path) => ({
    path,
    setTemplateImage(isTemplate) {
      this.isTemplate = isTemplate;
    },
  }),
};
export const nativeTheme = { shouldUseDarkColors: false };
export const powerMonitor = Object.assign(new EventEmitter(), { isOnBatteryPower: () => false });
export const protocol = { registerSchemesAsPrivileged: (schemes) => tell('schemes', schemes) };
export const session = {
  defaultSession: {
    protocol: {
      handle: (_scheme, handler) => {
        protocolHandler = handler;
      },
    },
    webRequest: { onBeforeRequest: () => {} },
    setPermissionRequestHandler: () => {},
    setPermissionCheckHandler: () => {},
    setDevicePermissionHandler: () => {},
    setDisplayMediaRequestHandler: () => {},
    setSpellCheckerEnabled: () => {},
  },
};
export const shell = { openExternal: async (url) => tell('external', url) };
export class Tray {
  constructor(image, guid) {
    tell('tray', { image: image.path, isTemplate: image.isTemplate === true, guid });
  }
  setImage = (image) => tell('trayImage', image.path);
  setToolTip = (text) => tell('tooltip', text);
  setContextMenu(template) {
    trayMenu = template;
    tell('trayMenu', plain(template));
  }
}

/** A menu without its functions. */
const plain = (template) =>
  template.map(({ click: _click, submenu, ...item }) => ({
    ...item,
    ...(submenu === undefined ? {} : { submenu: plain(submenu) }),
  }));
const clickOn = (items, label) => {
  for (const item of items) {
    if (item.label === label) return item.click?.();
    if (item.submenu) clickOn(item.submenu, label);
  }
};
const current = () => windows.at(-1);
const targets = { app, powerMonitor };
let prevented;

/** The test's hands. */
const acts = {
  answer: (answer) => void answers.push(answer),
  click: (label) => clickOn(trayMenu, label),
  close: () => current().close(),
  quit: () => app.quit(),
  clickNote: () => notifications.at(-1)?.emit('click'),
  emit({ target, event, args = [] }) {
    prevented = false;
    const details = { preventDefault: () => (prevented = true) };
    const source =
      target === 'window' ? current() : target === 'contents' ? current().webContents : (targets[target] ?? app);
    source.emit(event, details, ...args);
    return { prevented };
  },
  hang: (isSlow) => {
    const contents = current().webContents;
    contents.isSlow = isSlow;
    const last = contents.last ?? 0;
    if (!isSlow) ipcSeen?.({ senderFrame: contents.mainFrame, sender: contents }, last);
  },
  async call({ name, input, from }) {
    const contents = current().webContents;
    const frame = from === undefined ? contents.mainFrame : { url: from };
    return ipcHandler({ senderFrame: frame, sender: contents }, name, input);
  },
  async fetch(url) {
    const answer = await protocolHandler({ url, method: 'GET' });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  },
  throwLater: (message) =>
    void setImmediate(() => {
      throw new Error(message);
    }),
};
process.on('message', async ({ id, act, detail }) => {
  const value = await acts[act](detail);
  process.send?.({ what: 'done', detail: { id, value } });
});
// The channel to the test must not keep the app alive, nor outlive it.
process.on('disconnect', () => process.exit(1));
