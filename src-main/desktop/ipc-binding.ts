import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';
import type { EventName, EventPayload, Handlers } from '../../src-shared/ipc.ts';
import { type CallResult, dispatch } from '../app/dispatch.ts';
import type { Logger } from '../base/logger.ts';
import { appOrigin } from './security.ts';

export const callChannel = 'harrier:call';
export const eventChannel = 'harrier:event';
export const seenChannel = 'harrier:seen';
/** Not of the contract: tells the window's client that events were left out. */
const behindEvent = 'behind';

/**
 * Binds the contract to Electron IPC. S10: a call counts only when it comes from the main frame of a window of ours
 * that shows our own origin; anything else is refused and logged, whatever it asks for.
 */
export function bindIpc(options: {
  ipcMain: Pick<IpcMain, 'handle' | 'on' | 'off' | 'removeHandler'>;
  handlers: Handlers;
  isOurs: (contents: WebContents) => boolean;
  /** How far the window has seen its events. */
  onSeen: (number: number) => void;
  log: Logger;
}): () => void {
  const { ipcMain, handlers, isOurs, onSeen, log } = options;
  const isTrusted = ({ sender, senderFrame }: Pick<IpcMainInvokeEvent, 'sender' | 'senderFrame'>): boolean =>
    senderFrame !== null &&
    senderFrame === sender.mainFrame &&
    originOf(senderFrame.url) === appOrigin &&
    isOurs(sender);
  ipcMain.handle(callChannel, async (event: IpcMainInvokeEvent, name: unknown, input: unknown): Promise<CallResult> => {
    if (!isTrusted(event)) {
      const origin = event.senderFrame === null ? 'none' : originOf(event.senderFrame.url);
      log.warn('a call from an unknown frame was refused', { origin });
      return { ok: false, error: { code: 'INPUT_INVALID', message: 'this frame may not call Harrier' } };
    }
    return dispatch(handlers, log, name, input);
  });
  const seen = (event: IpcMainEvent, number: unknown): void => {
    if (isTrusted(event) && typeof number === 'number') onSeen(number);
  };
  ipcMain.on(seenChannel, seen);
  return () => {
    ipcMain.removeHandler(callChannel);
    ipcMain.off(seenChannel, seen);
  };
}

/** A window that has not seen this many events is behind. */
const mostUnseen = 256;

/** The events of one window. */
export interface Feed {
  tell<N extends EventName>(name: N, payload: EventPayload<N>): void;
  /** The window has seen everything up to the event with this number. */
  seen(number: number): void;
  /** Its page begins anew, and asks for everything itself. */
  restart(): void;
}

/**
 * S13: events to a window, counted, so that one that does not keep up (its page hangs, its process is stopped) costs no
 * memory here: beyond a bound nothing is sent but, once it has caught up, the newest sizes and the word that it has to
 * ask for the state anew (`behindEvent`).
 */
export function createFeed(contents: Pick<WebContents, 'isDestroyed' | 'send'>): Feed {
  let sent = 0;
  let seen = 0;
  let isBehind = false;
  const sizes = new Map<string, () => void>();
  const send = (name: string, payload: unknown): void => {
    if (!contents.isDestroyed()) contents.send(eventChannel, name, payload, ++sent);
  };
  return {
    tell(name, payload) {
      if (!isBehind && sent - seen < mostUnseen) return send(name, payload);
      isBehind = true;
      if (name === 'trace.grown' || name === 'terminal.grown')
        sizes.set(`${name} ${'job' in payload ? payload.job : 'terminal' in payload ? payload.terminal : ''}`, () =>
          send(name, payload),
        );
    },
    seen(number) {
      if (Number.isInteger(number) && number > seen && number <= sent) seen = number;
      if (!isBehind || seen < sent) return;
      isBehind = false;
      send(behindEvent, {});
      for (const tellSize of sizes.values()) tellSize();
      sizes.clear();
    },
    restart() {
      seen = sent;
      isBehind = false;
      sizes.clear();
    },
  };
}

// `new URL('app://x').origin` is "null" for schemes that the URL standard does not know as special.
const originOf = (url: string): string => /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)/i.exec(url)?.[1] ?? '';
