import { copyFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator } from '../../test/support/coordinator/index.ts';
import { describeWith } from '../../test/support/require.ts';
import { type Authority, createAuthority, type KeyPair } from './testing/authority.ts';
import { connect, info, keep, notedLog, serveRaw, systemId } from './testing/connect.ts';
import type { ConnectionOptions } from './types.ts';

describeWith('openssl', 'TLS with an authority of one’s own', () => {
  let authority: Authority;
  let other: Authority;
  let server: KeyPair;
  let person: KeyPair;
  beforeAll(() => {
    authority = createAuthority();
    other = createAuthority('Other Authority');
    server = authority.issue('gitlab', 'DNS:localhost,IP:127.0.0.1');
    person = authority.issue('person');
  });
  afterAll(async () => {
    await authority.close();
    await other.close();
  });
  const start = async (tls: { ca?: string; requestCert?: boolean } = {}, pair = server): Promise<TestCoordinator> =>
    keep(await startTestCoordinator({ tls: { key: pair.key, cert: pair.cert, ...tls } }));
  const ask = (coordinator: TestCoordinator, options: Partial<ConnectionOptions> = {}) =>
    connect(coordinator.url, options).requestJob({ token: coordinator.token, systemId, info });

  it('tls-ca-file opens the way, and jobs are given that very file', async () => {
    const coordinator = await start();
    coordinator.queue({});
    expect(await ask(coordinator, { tlsCaFile: authority.caPath })).toMatchObject({
      kind: 'job',
      tls: { ca: authority.ca },
    });
  });

  it('an unknown authority is told in words', async () => {
    const coordinator = await start();
    for (const options of [{}, { tlsCaFile: other.caPath }])
      expect(await ask(coordinator, options)).toMatchObject({
        kind: 'failed',
        status: -1,
        message: expect.stringMatching(/authority that this machine does not know|does not show the whole chain/),
      });
    expect(await connect(coordinator.url).probe()).toMatchObject({ ok: false, kind: 'tls' });
    expect(await connect(coordinator.url).verifyRunner({ token: 't', info })).toMatchObject({ kind: 'tls' });
  });

  it('a name that is not in the certificate is refused', async () => {
    const coordinator = await start({}, authority.issue('elsewhere', 'DNS:elsewhere.test'));
    expect(await connect(coordinator.url, { tlsCaFile: authority.caPath }).probe()).toMatchObject({
      ok: false,
      kind: 'tls',
      message: expect.stringContaining('elsewhere.test'),
    });
  });

  it('an authority of SSL_CERT_FILE counts as the system’s, and the chain is built from what the server shows', async () => {
    const coordinator = await start();
    coordinator.queue({});
    const client = connect(coordinator.url, { env: { SSL_CERT_FILE: authority.caPath } });
    const answer = await client.requestJob({ token: coordinator.token, systemId, info });
    const chain = answer.kind === 'job' ? (answer.tls?.ca ?? '') : '';
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(chain).toContain(authority.ca.trim());
    expect(await client.probe()).toMatchObject({
      ok: true,
      chain: [
        { subject: 'gitlab', issuer: 'Test Authority' },
        { subject: 'Test Authority', issuer: 'Test Authority' },
      ],
    });
  });

  it('a client certificate is shown to a server that asks for one, and handed to jobs', async () => {
    const coordinator = await start({ ca: authority.ca, requestCert: true });
    coordinator.queue({});
    expect(await ask(coordinator, { tlsCaFile: authority.caPath })).toMatchObject({ kind: 'failed', status: -1 });
    const options = { tlsCaFile: authority.caPath, tlsCertFile: person.certPath, tlsKeyFile: person.keyPath };
    expect(await ask(coordinator, options)).toMatchObject({
      kind: 'job',
      tls: { ca: authority.ca, cert: person.cert, key: person.key },
    });
  });

  it('files in the certificate folders are found by the name of the host', async () => {
    const folder = join(authority.folder, 'certs');
    mkdirSync(folder, { recursive: true });
    copyFileSync(authority.caPath, join(folder, 'localhost.crt'));
    copyFileSync(person.certPath, join(folder, 'localhost.auth.crt'));
    copyFileSync(person.keyPath, join(folder, 'localhost.auth.key'));
    const coordinator = await start({ ca: authority.ca, requestCert: true });
    expect(await ask(coordinator, { certificateFolders: [join(authority.folder, 'none'), folder] })).toEqual({
      kind: 'none',
    });
  });

  it('a file that is replaced counts from the next request on', async () => {
    const path = join(authority.folder, 'replaced.crt');
    copyFileSync(other.caPath, path);
    const coordinator = await start();
    const client = connect(coordinator.url, { tlsCaFile: path });
    const request = { token: coordinator.token, systemId, info };
    expect(await client.requestJob(request)).toMatchObject({ kind: 'failed' });
    copyFileSync(authority.caPath, path);
    // The clock of a file system may be too coarse for two writes in one test.
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect(await client.requestJob(request)).toEqual({ kind: 'none' });
  });

  it.each([
    { why: 'is not there', write: undefined, says: /cannot be read/ },
    {
      why: 'is damaged',
      write: '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n',
      says: /cannot be used/,
    },
  ])('a file that $why is told in the log, and the connection goes on without it', async ({ write, says }) => {
    const path = join(authority.folder, `broken-${write?.length}.crt`);
    if (write !== undefined) writeFileSync(path, write);
    const { log, lines } = notedLog();
    const coordinator = await start();
    const options = { tlsCaFile: path, env: { SSL_CERT_FILE: authority.caPath } };
    const client = connect(coordinator.url, options, { log });
    for (let i = 0; i < 2; i += 1)
      expect(await client.requestJob({ token: coordinator.token, systemId, info })).toEqual({ kind: 'none' });
    expect(lines.filter((line) => says.test(line))).toHaveLength(1);
  });

  it('a key that does not fit its certificate is left out', async () => {
    const { log, lines } = notedLog();
    const coordinator = await start();
    const options = { tlsCaFile: authority.caPath, tlsCertFile: person.certPath, tlsKeyFile: server.keyPath };
    const client = connect(coordinator.url, options, { log });
    expect(await client.requestJob({ token: coordinator.token, systemId, info })).toEqual({ kind: 'none' });
    expect(lines.join()).toContain(person.certPath);
  });

  it('a token never leaves TLS because a server says so', async () => {
    const plain = keep(await startTestCoordinator());
    const coordinator = await start();
    const client = connect(coordinator.url, { tlsCaFile: authority.caPath });
    coordinator.fail({ method: 'POST', path: '/jobs', times: 1, answer: 308, headers: { location: `${plain.url}/x` } });
    expect(await client.requestJob({ token: coordinator.token, systemId, info })).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('which is not encrypted'),
    });
    expect(plain.requests).toEqual([]);
  });
});

it('a server without TLS behind an https address is told in words', async () => {
  const plain = await serveRaw(
    (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  expect(await connect(plain.replace('http', 'https')).probe()).toMatchObject({
    ok: false,
    kind: 'tls',
    message: expect.stringContaining('http:// instead'),
  });
});
