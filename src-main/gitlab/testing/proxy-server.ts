import { createServer, request as forward, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ProxyServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** First lines of what came: `CONNECT gitlab.test:443`, `GET http://gitlab.test/…`. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** A proxy as companies have it: tunnels and plain requests, a login if wanted. All names lead to this machine. */
export async function startProxy(
  options: {
    readonly login?: string;
    readonly refuse?: number;
    readonly tls?: { readonly key: string; readonly cert: string };
  } = {},
): Promise<ProxyServer> {
  const seen: string[] = [];
  const sockets = new Set<Duplex>();
  const refusal = (authorization: string | undefined): number | undefined => {
    if (options.refuse !== undefined) return options.refuse;
    const wanted = options.login && `Basic ${Buffer.from(options.login).toString('base64')}`;
    return wanted && authorization !== wanted ? 407 : undefined;
  };
  const onRequest: RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const { 'proxy-authorization': authorization, ...headers } = request.headers;
    const status = refusal(authorization);
    if (status !== undefined) return void response.writeHead(status).end();
    const { port, pathname, search } = new URL(request.url ?? '');
    const onward = forward(
      { host: '127.0.0.1', port, path: pathname + search, method: request.method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  };
  const server = options.tls ? createSecureServer(options.tls, onRequest) : createServer(onRequest);
  server.on('connect', (request, client: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    sockets.add(client);
    client.on('error', () => {});
    const status = refusal(request.headers['proxy-authorization']);
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} Refused\r\n\r\n`);
    const port = Number(request.url?.split(':').at(-1));
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    sockets.add(target);
    target.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
