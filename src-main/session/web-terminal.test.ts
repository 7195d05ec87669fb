import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import type { Terminal } from '../base/terminal.ts';
import { carry } from './web-terminal.ts';

it('a program waits for a client that does not read; nothing of what it printed is lost', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  let print = (_chunk: Buffer): void => {};
  let paused = false;
  let closed = 0;
  const terminal: Terminal = {
    onData: (listener) => void (print = listener),
    onExit: () => {},
    write: () => {},
    resize: () => {},
    pause: () => void (paused = true),
    resume: () => void (paused = false),
    close: () => void (closed += 1),
  };
  const carried = new Promise<void>((resolve) => {
    sockets.on('connection', (socket) => void carry(socket, terminal).then(resolve));
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => client.once('open', resolve));
  let got = 0;
  client.on('message', (data: Buffer) => (got += data.length));
  client.pause();
  let printed = 0;
  while (!paused) {
    print(Buffer.alloc(64 * 1024));
    printed += 64 * 1024;
    // Gives the sockets of the system a chance to take what they can.
    await new Promise(setImmediate);
  }
  client.resume();
  await expect.poll(() => got).toBe(printed);
  await expect.poll(() => paused).toBe(false);
  client.close();
  await carried;
  expect(closed).toBe(1);
  sockets.close();
  await new Promise((resolve) => server.close(resolve));
});
