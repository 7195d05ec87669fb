import type { WebSocket } from 'ws';
import type { Terminal } from '../base/terminal.ts';

const binary = 'terminal.gitlab.com';
const base64 = 'base64.terminal.gitlab.com';
/** Names and meaning as GitLab's Workhorse has them: raw bytes in binary messages, or base64 in text messages. */
export const protocols: readonly string[] = [binary, base64];

/** A client that has this much unread lets the terminal wait. */
const mostUnreadBytes = 512 * 1024;

/** Carries bytes between a terminal and the one client until either ends. Settles then, with both closed. */
export const carry = (socket: WebSocket, terminal: Terminal): Promise<void> =>
  new Promise((resolve) => {
    const encoded = socket.protocol === base64;
    let paused = false;
    const sent = (): void => {
      if (!paused || socket.bufferedAmount > mostUnreadBytes / 2) return;
      paused = false;
      terminal.resume();
    };
    terminal.onData((chunk) => {
      if (socket.readyState !== socket.OPEN) return;
      const data = Buffer.from(chunk);
      socket.send(encoded ? data.toString('base64') : data, { binary: !encoded }, sent);
      if (paused || socket.bufferedAmount <= mostUnreadBytes) return;
      paused = true;
      terminal.pause();
    });
    terminal.onExit(() => socket.close(1000, 'the shell has ended'));
    socket.on('message', (data, isBinary) => {
      if (isBinary === encoded) return socket.close(1003, encoded ? 'text only' : 'binary only');
      const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
      terminal.write(encoded ? Buffer.from(bytes.toString(), 'base64') : bytes);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      // A terminal that waits would never hear of the hang-up.
      terminal.resume();
      terminal.close();
      resolve();
    });
  });
