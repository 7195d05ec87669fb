import type { App, BrowserWindow } from 'electron';
import type { Logger } from '../base/logger.ts';

/**
 * S22: a page whose process is gone is loaded again once, since one accident is no pattern; the second time its window
 * goes, and opening it makes a new one. Jobs live in the main process and go on.
 */
export function watchPage(window: Pick<BrowserWindow, 'destroy' | 'webContents'>, log: Logger): void {
  let isSecond = false;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    log.error('The process of the window is gone', { reason, exitCode });
    if (isSecond) return window.destroy();
    isSecond = true;
    window.webContents.reload();
  });
}

/** S22: what else may be lost is logged, and nothing ends for it. Electron would show a box for each thrown error. */
export function watchProcesses(
  app: Pick<App, 'on'>,
  log: Logger,
  source: { on(event: 'uncaughtException', listener: (error: unknown) => void): unknown } = process,
): void {
  app.on('child-process-gone', (_event, { type, reason, exitCode }) =>
    log.error('A helper process is gone', { type, reason, exitCode }),
  );
  source.on('uncaughtException', (error) =>
    log.error('A bug in Harrier; please report it', { error: error instanceof Error ? error.stack : String(error) }),
  );
}
