import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';

export type ControlHandlers = Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => Promise<unknown>>>;

/** Longest path of a Unix socket that every system takes (macOS: 104 with the end mark). */
const longestSocketPath = 100;
const longestLine = 64 * 1024;

/** Where the engine of a config file listens: beside the file, or under a short name where that path is too long. */
export function controlPath(configPath: string, platform: NodeJS.Platform): string {
  const full = resolve(configPath);
  const name = createHash('sha256').update(full).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\harrier-${name}`;
  const beside = `${full}.sock`;
  return Buffer.byteLength(beside) <= longestSocketPath ? beside : join(tmpdir(), `harrier-${name}.sock`);
}

/** Listens (0600) for lines of JSON, `{call, params}`, and answers `{ok, value}` or `{ok: false, code, message}`. */
export async function serveControl(configPath: string, handlers: ControlHandlers): Promise<{ close(): Promise<void> }> {
  const path = controlPath(configPath, process.platform);
  // The lock is ours by now: a socket that is still there belongs to nobody.
  if (process.platform !== 'win32') await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > longestLine) return void socket.destroy();
      const newline = text.indexOf('\n');
      if (newline === -1) return;
      void answer(handlers, text.slice(0, newline)).then((line) => socket.end(`${line}\n`));
      text = '';
    });
  });
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((done, failed) => server.once('error', failed).listen(path, done));
  } finally {
    process.umask(umask);
  }
  if (process.platform !== 'win32') await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function answer(handlers: ControlHandlers, line: string): Promise<string> {
  try {
    const { call, params } = JSON.parse(line) as { call?: unknown; params?: Record<string, unknown> };
    if (typeof call !== 'string' || !Object.hasOwn(handlers, call))
      throw new HarrierError('INPUT_INVALID', 'there is no such call');
    return JSON.stringify({ ok: true, value: (await handlers[call]?.(params ?? {})) ?? null });
  } catch (error) {
    const code = error instanceof HarrierError ? error.code : 'INTERNAL';
    return JSON.stringify({ ok: false, code, message: messageOf(error) });
  }
}

/** Calls the engine of this config file. Throws ENGINE_NOT_RUNNING when nobody listens. */
export async function callControl(
  configPath: string,
  call: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const line = await new Promise<string>((done, failed) => {
    let text = '';
    const socket = createConnection(controlPath(configPath, process.platform), () =>
      socket.write(`${JSON.stringify({ call, params })}\n`),
    );
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('end', () => done(text));
    socket.once('error', () =>
      failed(new HarrierError('ENGINE_NOT_RUNNING', `no engine is running with ${resolve(configPath)}`)),
    );
  });
  const parsed = JSON.parse(line) as { ok: boolean; value?: unknown; code?: string; message?: string };
  if (parsed.ok) return parsed.value;
  throw new HarrierError('INPUT_INVALID', parsed.message ?? 'the engine did not answer');
}
