import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { silentLogger } from '../../src-main/base/logger.ts';
import { bindIpc, createFeed } from '../../src-main/desktop/ipc-binding.ts';
import { startWebHost } from '../../src-main/web/index.ts';
import { type Bridge, createBridgeClient } from '../../src-renderer/app/bridge-client.ts';
import { createSocketClient, type SocketLike } from '../../src-renderer/app/socket-client.ts';
import type { FakeApp } from '../support/fake-app.ts';
import { type Connected, contractSuite } from './suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'harrier-contract-'));
writeFileSync(join(folder, 'index.html'), '<!doctype html>');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

contractSuite('WebSocket', async (app: FakeApp): Promise<Connected> => {
  const host = await startWebHost({ app, rendererFolder: folder, port: 0, log: silentLogger });
  const { origin, hash } = new URL(host.url);
  const session = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.replace('#token=', '') }),
  });
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  const client = createSocketClient({
    url: `${origin.replace('http', 'ws')}/socket`,
    signIn: async () => 'granted',
    openSocket: (url) => new WebSocket(url, { headers: { cookie, origin } }) as SocketLike,
  });
  return {
    client,
    close: async () => {
      client.close();
      await host.close();
    },
  };
});

/** Both halves of Electron's IPC, without Electron: the real preload talks to the real binding through it. */
const electron = vi.hoisted(() => ({
  invoke: undefined as ((event: unknown, name: unknown, input: unknown) => Promise<unknown>) | undefined,
  trusted: () => {
    const frame = { url: 'app://harrier/' };
    return { senderFrame: frame, sender: { mainFrame: frame } };
  },
  seen: undefined as ((event: unknown, number: unknown) => void) | undefined,
  listener: undefined as ((event: unknown, name: string, payload: unknown, number: number) => void) | undefined,
  exposed: undefined as unknown,
}));
const clone = <T>(value: T): T => (value === undefined ? value : structuredClone(value));
vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (_name: string, api: unknown) => void (electron.exposed = api) },
  ipcRenderer: {
    on: (_channel: string, listener: (event: unknown, name: string, payload: unknown, number: number) => void) =>
      void (electron.listener = listener),
    send: (_channel: string, number: unknown) => electron.seen?.(electron.trusted(), number),
    invoke: async (_channel: string, name: unknown, input: unknown) =>
      clone(await electron.invoke?.(electron.trusted(), clone(name), clone(input))),
  },
}));

contractSuite('Electron IPC', async (app: FakeApp): Promise<Connected> => {
  await import('../../src-main/desktop/preload.ts');
  const unbind = bindIpc({
    ipcMain: {
      handle: (_channel: string, handler: unknown) => void (electron.invoke = handler as typeof electron.invoke),
      removeHandler: () => void (electron.invoke = undefined),
      on: (_channel: string, listener: unknown) => void (electron.seen = listener as typeof electron.seen),
      off: () => void (electron.seen = undefined),
    } as never,
    handlers: app.handlers,
    isOurs: () => true,
    onSeen: (number) => feed.seen(number),
    log: silentLogger,
  });
  const feed = createFeed({
    isDestroyed: () => false,
    send: (_channel: string, name: string, payload: unknown, number: number) =>
      electron.listener?.({}, name, clone(payload), number),
  });
  const unsubscribe = app.subscribe((name, payload) => feed.tell(name, payload));
  return {
    client: createBridgeClient(electron.exposed as Bridge),
    close: async () => {
      unsubscribe();
      unbind();
    },
  };
});

it('the page of the desktop app gets one frozen object with two functions, and no event of Electron (S9)', async () => {
  await import('../../src-main/desktop/preload.ts');
  const bridge = electron.exposed as Bridge & Record<string, unknown>;
  expect(Object.isFrozen(bridge)).toBe(true);
  expect(Object.entries(bridge).map(([name, value]) => [name, typeof value])).toEqual([
    ['call', 'function'],
    ['onEvent', 'function'],
  ]);
  const seen: unknown[][] = [];
  const stop = bridge.onEvent((...args) => seen.push(args));
  electron.listener?.({ sender: 'ipcRenderer', ports: [] }, 'note.show', { id: '1' }, 1);
  stop();
  electron.listener?.({}, 'note.show', { id: '2' }, 2);
  expect(seen).toEqual([['note.show', { id: '1' }]]);
});
