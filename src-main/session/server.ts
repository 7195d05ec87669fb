import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Terminal, TerminalOptions } from '../base/terminal.ts';
import { selfSigned } from './certificate.ts';
import type { WebSession } from './web-session.ts';
import { carry, protocols } from './web-terminal.ts';

export interface SessionServerOptions {
  /** `host:port`, as in `[session_server]`. */
  readonly listenAddress: string;
  /** `host:port` that GitLab is told; the listen address when missing. */
  readonly advertiseAddress?: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}
export interface SessionServer {
  /** A session for one request for a job. */
  open(): WebSession;
  close(): Promise<void>;
}

/** A person may press the button before the job's place is there. */
const attachWaitMs = 60_000;
/** The protocol has no message for the size. */
const size: TerminalOptions = { columns: 80, rows: 24 };

/**
 * Serves GitLab's web terminal: GitLab's Workhorse dials the address that each request for a job names
 * (spec/operations.md 6). Throws CONFIG_INVALID for an address that is none, PORT_IN_USE when it cannot be had.
 */
export async function startSessionServer(options: SessionServerOptions): Promise<SessionServer> {
  const { clock, log } = options;
  const listen = addressOf('listen_address', options.listenAddress);
  const advertise = addressOf('advertise_address', options.advertiseAddress || options.listenAddress);
  const { key, cert } = await selfSigned(advertise.host || 'localhost', clock.now());
  const server = createServer({ key, cert, minVersion: 'TLSv1.2', keepAlive: true, keepAliveInitialDelay: 30_000 });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocols.find((each) => offered.has(each)) ?? false,
  });
  const sessions = new Map<string, Session>();

  /** The session that a path names, or why there is none: path, token, kind of request in this order. */
  const find = (url: string, token: string | undefined): Session | number => {
    const [, id = '', rest] = /^\/session\/([0-9a-f]{64})\/(.*)$/.exec(url) ?? [];
    const session = sessions.get(id);
    if (session === undefined) return 404;
    if (!session.admits(token)) return 401;
    return rest === 'exec' ? session : 404;
  };
  server.on('request', (request, response) => {
    const found = find(request.url ?? '', request.headers.authorization);
    const status = typeof found === 'number' ? found : 405;
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${reasons[status]}\n`);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const found = find(request.url ?? '', request.headers.authorization);
    if (typeof found === 'number') return refuse(socket, found);
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!protocols.some((each) => offered.includes(each))) return refuse(socket, 400);
    void found
      .take()
      .then((terminal) => {
        if (typeof terminal === 'number') return refuse(socket, terminal);
        let connected = false;
        // The client left meanwhile, or its handshake is none.
        socket.once('close', () => connected || found.giveBack(terminal));
        if (socket.destroyed) return found.giveBack(terminal);
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          connected = true;
          found.connect(webSocket, terminal);
        });
      })
      .catch((error) => {
        log.error('A web terminal could not be opened', { error: messageOf(error) });
        refuse(socket, 500);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new HarrierError(
          'PORT_IN_USE',
          `[session_server] listen_address = "${options.listenAddress}": ${error.message}`,
          {
            cause: error,
          },
        ),
      ),
    );
    server.listen(listen.port, listen.host || undefined, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const base = `https://${advertise.host.includes(':') ? `[${advertise.host}]` : advertise.host}:${advertise.port || port}`;
  log.info('Session server listening', { address: options.listenAddress });

  return {
    open() {
      const id = randomBytes(32).toString('hex');
      const session = createSession({
        clock,
        timeoutMs: options.timeoutMs,
        info: { url: `${base}/session/${id}`, certificate: cert, authorization: randomBytes(32).toString('hex') },
        onClose: () => sessions.delete(id),
      });
      sessions.set(id, session);
      return session;
    },
    async close() {
      for (const session of [...sessions.values()]) session.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const client of sockets.clients) client.terminate();
      await closed;
    },
  };
}

interface Session extends WebSession {
  admits(token: string | undefined): boolean;
  /** A terminal for the one client, or the status that says why not. */
  take(): Promise<Terminal | number>;
  connect(socket: WebSocket, terminal: Terminal): void;
  giveBack(terminal: Terminal): void;
}

function createSession({
  clock,
  info,
  timeoutMs,
  onClose,
}: Pick<WebSession, 'info' | 'timeoutMs'> & { readonly clock: Clock; readonly onClose: () => void }): Session {
  let opener: ((size: TerminalOptions) => Promise<Terminal>) | undefined;
  let offered = (): void => {};
  const offer = new Promise<void>((resolve) => {
    offered = resolve;
  });
  const closing = new AbortController();
  let taken = false;
  let connection: { readonly done: Promise<void>; cut(): void } | undefined;

  return {
    info,
    timeoutMs,
    admits(token) {
      const given = Buffer.from(token ?? '');
      const wanted = Buffer.from(info.authorization);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    },
    offer(open) {
      opener = open;
      offered();
    },
    get connected() {
      return connection !== undefined;
    },
    disconnected: () => connection?.done ?? Promise.resolve(),
    async take() {
      if (taken) return 423;
      taken = true;
      let terminal: Terminal | undefined;
      try {
        const wait = new AbortController();
        const late = clock.sleep(attachWaitMs, AbortSignal.any([wait.signal, closing.signal])).catch(() => {});
        await Promise.race([offer, late]).finally(() => wait.abort());
        if (opener === undefined || closing.signal.aborted) return 503;
        terminal = await opener(size);
        return terminal;
      } finally {
        if (terminal === undefined) taken = false;
      }
    },
    connect(socket, terminal) {
      const done = carry(socket, terminal).finally(() => {
        taken = false;
        connection = undefined;
      });
      connection = { done, cut: () => socket.close(1001, 'the job is over') };
    },
    giveBack(terminal) {
      taken = false;
      terminal.close();
    },
    close() {
      closing.abort();
      onClose();
      connection?.cut();
    },
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'no sub-protocol that is known here',
  401: 'wrong token',
  404: 'no such session',
  405: 'only a WebSocket',
  423: 'a terminal is connected already',
  500: 'the terminal could not be opened',
  503: 'the job has no terminal yet',
};

const refuse = (socket: Duplex, status: number): void =>
  void socket.end(`HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);

/** `host:port`, the host may be missing or stand in brackets. */
function addressOf(name: string, text: string): { readonly host: string; readonly port: number } {
  const wrong = (what: string): HarrierError =>
    new HarrierError('CONFIG_INVALID', `[session_server] ${name} = "${text}": ${what}`);
  if (/^https?:/.test(text)) throw wrong('url not valid, scheme defined');
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) throw wrong('must be host:port');
  return { host: bracketed ?? plain ?? '', port: Number(port) };
}
