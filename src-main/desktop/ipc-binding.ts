import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import type { EventName, EventPayload, Handlers } from '../../src-shared/ipc.ts';
import { type CallResult, dispatch } from '../app/dispatch.ts';
import type { Logger } from '../base/logger.ts';
import { appOrigin } from './security.ts';

export const callChannel = 'harrier:call';
export const eventChannel = 'harrier:event';

/**
 * Binds the contract to Electron IPC. S10: a call counts only when it comes from the main frame of a window of ours
 * that shows our own origin; anything else is refused and logged, whatever it asks for.
 */
export function bindIpc(options: {
  ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>;
  handlers: Handlers;
  isOurs: (contents: WebContents) => boolean;
  log: Logger;
}): () => void {
  const { ipcMain, handlers, isOurs, log } = options;
  ipcMain.handle(callChannel, async (event: IpcMainInvokeEvent, name: unknown, input: unknown): Promise<CallResult> => {
    const frame = event.senderFrame;
    const trusted =
      frame !== null && frame === event.sender.mainFrame && originOf(frame.url) === appOrigin && isOurs(event.sender);
    if (!trusted) {
      log.warn('a call from an unknown frame was refused', { origin: frame === null ? 'none' : originOf(frame.url) });
      return { ok: false, error: { code: 'INPUT_INVALID', message: 'this frame may not call Harrier' } };
    }
    return dispatch(handlers, log, name, input);
  });
  return () => ipcMain.removeHandler(callChannel);
}

/** Sends an event to a window unless it is gone. */
export function sendEvent<N extends EventName>(
  contents: Pick<WebContents, 'isDestroyed' | 'send'>,
  name: N,
  payload: EventPayload<N>,
): void {
  if (!contents.isDestroyed()) contents.send(eventChannel, name, payload);
}

// `new URL('app://x').origin` is "null" for schemes that the URL standard does not know as special.
const originOf = (url: string): string => /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)/i.exec(url)?.[1] ?? '';
