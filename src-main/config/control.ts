import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { type ErrorCode, HarrierError, hints, messageOf } from '../../src-shared/errors.ts';
import { configIdentity, privateFolder, shortName } from './places.ts';

export type ControlHandlers = Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => Promise<unknown>>>;

/** Longest path of a Unix socket that every system takes (macOS: 104 with the end mark). */
const longestSocketPath = 100;
/** What the temporary folder of the bind adds to the folder of the socket: `/.12345678/s`. */
const bindSuffix = 12;
const longestLine = 64 * 1024;
const answerTimeoutMs = 15_000;

/** Where the engine of a config file listens: beside the file, where the path is short enough. */
function pathBeside(identity: string): string | undefined {
  if (process.platform === 'win32') return `\\\\.\\pipe\\harrier-${shortName(identity)}`;
  const beside = `${identity}.sock`;
  const longest = Math.max(Buffer.byteLength(beside), Buffer.byteLength(dirname(beside)) + bindSuffix);
  return longest <= longestSocketPath ? beside : undefined;
}

/** The second place: a folder of this user in the temporary folder. */
const pathApart = async (identity: string, options: { readonly create: boolean }): Promise<string> =>
  join(await privateFolder(options), `${shortName(identity)}.sock`);

/** Listens (0600) for a line of JSON, `{call, params}`, and answers `{ok, value}` or `{ok: false, code, message}`. */
export async function serveControl(configPath: string, handlers: ControlHandlers): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    void serveSocket(socket, handlers);
  });
  const identity = await configIdentity(configPath);
  const beside = pathBeside(identity);
  const path =
    beside !== undefined &&
    (await listen(server, beside).then(
      () => true,
      () => false,
    ))
      ? beside
      : await listenApart(server, identity, configPath);
  return {
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of open) socket.destroy();
      await closed;
      if (process.platform !== 'win32') await rm(path, { force: true });
    },
  };
}

async function listenApart(server: Server, identity: string, configPath: string): Promise<string> {
  try {
    const path = await pathApart(identity, { create: true });
    await listen(server, path);
    return path;
  } catch (error) {
    const message = `no control socket can be made for ${configPath}: ${messageOf(error)}`;
    throw new HarrierError('CONFIG_WRITE_FAILED', message, { cause: error });
  }
}

/**
 * Binds in a new folder that nobody else can enter, sets the mode, then moves the socket into place: at no moment can
 * another user connect. (A changed umask would do too, but it belongs to the whole process.)
 */
async function listen(server: Server, path: string): Promise<void> {
  const bind = (at: string): Promise<void> =>
    new Promise((done, failed) => {
      server.once('error', failed).listen(at, () => {
        server.off('error', failed);
        done();
      });
    });
  if (process.platform === 'win32') return bind(path);
  const folder = join(dirname(path), `.${randomBytes(4).toString('hex')}`);
  await mkdir(folder, { mode: 0o700 });
  try {
    const inside = join(folder, 's');
    await bind(inside);
    await chmod(inside, 0o600);
    // The lock is ours by now: a socket that is still there belongs to nobody.
    await rename(inside, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function serveSocket(socket: Socket, handlers: ControlHandlers): Promise<void> {
  let text = '';
  socket.setEncoding('utf8');
  const line = await new Promise<string | undefined>((done) => {
    socket.once('close', () => done(undefined));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const newline = text.indexOf('\n');
      if (newline !== -1) done(text.slice(0, newline));
      else if (text.length > longestLine) done(undefined);
    });
  });
  if (line === undefined) return void socket.destroy();
  socket.end(`${await answer(handlers, line)}\n`);
}

async function answer(handlers: ControlHandlers, line: string): Promise<string> {
  try {
    const request: unknown = JSON.parse(line);
    const { call, params } = isRecord(request) ? request : {};
    const handler = typeof call === 'string' && Object.hasOwn(handlers, call) ? handlers[call] : undefined;
    if (handler === undefined) throw new HarrierError('INPUT_INVALID', 'this engine has no such call');
    return JSON.stringify({ ok: true, value: (await handler(isRecord(params) ? params : {})) ?? null });
  } catch (error) {
    const code: ErrorCode =
      error instanceof HarrierError ? error.code : error instanceof SyntaxError ? 'INPUT_INVALID' : 'INTERNAL';
    return JSON.stringify({ ok: false, code, message: messageOf(error) });
  }
}

/** Calls the engine of this config file. Throws ENGINE_NOT_RUNNING when nobody listens, else what the engine threw. */
export async function callControl(
  configPath: string,
  call: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const identity = await configIdentity(configPath);
  const apart = await pathApart(identity, { create: false }).catch(() => undefined);
  for (const path of [pathBeside(identity), apart]) {
    const line = path === undefined ? undefined : await ask(path, `${JSON.stringify({ call, params })}\n`);
    if (line !== undefined) return answerIn(line);
  }
  throw new HarrierError('ENGINE_NOT_RUNNING', `no engine is running with ${configPath}`);
}

/** The answer's line; undefined when nobody listens there. */
function ask(path: string, line: string): Promise<string | undefined> {
  return new Promise((done, failed) => {
    let text = '';
    let connected = false;
    const socket = createConnection(path, () => {
      connected = true;
      socket.write(line);
    });
    socket.setTimeout(answerTimeoutMs, () => {
      socket.destroy();
      failed(
        new HarrierError('ENGINE_RUNNING', 'the engine does not answer', {
          hint: 'Look at its log, or end its process.',
        }),
      );
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.once('end', () => done(text));
    socket.once('close', () => done(connected ? text : undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES' || error.code === 'EPERM')
        failed(new HarrierError('ENGINE_RUNNING', 'the engine belongs to another user', { hint: 'Ask as that user.' }));
      else if (!connected) done(undefined);
    });
  });
}

function answerIn(line: string): unknown {
  const answered = parseAnswer(line);
  if (answered['ok'] === true) return answered['value'];
  const { code, message } = answered;
  const known = typeof code === 'string' && isCode(code) ? code : 'INTERNAL';
  throw new HarrierError(known, typeof message === 'string' ? message : 'the engine ended before it answered');
}

function parseAnswer(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(hints, code);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
