import type { App, BrowserWindowConstructorOptions, Session, WebContents } from 'electron';

/** Rules of spec/desktop-practice.md section 2, S1 to S8, at one place. */
export const appOrigin = 'app://harrier';

/** S1: the only options windows are made with. */
export const webPreferences = (
  preload: string,
  development: boolean,
): NonNullable<BrowserWindowConstructorOptions['webPreferences']> => ({
  preload,
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  spellcheck: false,
  devTools: development,
});

/** S5: http, https and mailto leave the app, after parsing; everything else is refused. */
export function externalLink(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    return ['http:', 'https:', 'mailto:'].includes(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

const sameOrigin = (url: string): boolean => url === appOrigin || url.startsWith(`${appOrigin}/`);

/** S5: no window opens, no page leaves; links go to the system's browser. */
export function guardContents(contents: WebContents, openExternal: (url: string) => void): void {
  contents.setWindowOpenHandler(({ url }) => {
    const link = externalLink(url);
    if (link !== undefined) openExternal(link);
    return { action: 'deny' };
  });
  for (const event of ['will-navigate', 'will-redirect'] as const) {
    contents.on(event as 'will-navigate', (details) => {
      if (!sameOrigin(details.url)) details.preventDefault();
    });
  }
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** S6 to S8: every permission is refused but writing to the clipboard; only our own scheme is loaded. */
export function guardSession(session: Session, development: boolean): void {
  const allowed = (permission: string): boolean => permission === 'clipboard-sanitized-write';
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(allowed(permission)));
  session.setPermissionCheckHandler((_contents, permission) => allowed(permission));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  session.webRequest.onBeforeRequest((details, callback) => {
    const ours =
      sameOrigin(details.url) ||
      details.url.startsWith('data:') ||
      // A log that is saved passes through a blob of our own page.
      details.url.startsWith(`blob:${appOrigin}/`) ||
      (development && details.url.startsWith('devtools:'));
    callback({ cancel: !ours });
  });
  session.setSpellCheckerEnabled(false);
}

/** Everything that must be said before the app is ready. */
export function guardApp(app: App, openExternal: (url: string) => void): void {
  app.on('web-contents-created', (_event, contents) => guardContents(contents, openExternal));
}
