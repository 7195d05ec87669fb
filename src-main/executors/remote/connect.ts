import { connect as dial } from 'node:net';
import type { AuthenticationType, Client, ConnectConfig, ServerHostKeyAlgorithm } from 'ssh2';
import { asError } from '../../../src-shared/errors.ts';
import { readCredentials } from './credentials.ts';
import { ConnectFailed } from './failures.ts';
import { fingerprint } from './known-hosts.ts';
import { addressOf, type Login } from './settings.ts';
import { loadSsh2 } from './ssh2.ts';

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Hears the host's key where none is checked. */
  readonly onUncheckedKey?: (fingerprint: string) => void;
}

const dialTimeoutMs = 20_000;
const keepAliveMs = 15_000;
/** A connection that says nothing for a minute is dead. */
const keepAliveCount = 4;

/** One try to sign in. Rejects with `ConnectFailed`, or with the signal's reason. */
export async function connect(login: Login, { signal, onUncheckedKey }: ConnectOptions = {}): Promise<Client> {
  signal?.throwIfAborted();
  const { keys, config: credentials } = await readCredentials(login);
  const { Client: SshClient } = await loadSsh2();
  const client = new SshClient();
  // Small packets go at once: a command is opened by two of them.
  const socket = dial({ host: login.host, port: login.port, noDelay: true });
  let refusedKey: string | undefined;
  const config: ConnectConfig = {
    sock: socket,
    username: login.user,
    ...credentials,
    authHandler: methodsOf(login),
    readyTimeout: dialTimeoutMs,
    keepaliveInterval: keepAliveMs,
    keepaliveCountMax: keepAliveCount,
    hostVerifier: (key: Buffer): boolean => {
      if (keys === undefined) onUncheckedKey?.(fingerprint(key));
      else refusedKey = keys.problem(login, key);
      return refusedKey === undefined;
    },
    ...(keys === undefined ? {} : { algorithms: { serverHostKey: algorithmsFor(keys.types(login)) } }),
  };
  try {
    await opened(client, config, { login, signal });
    return client;
  } catch (error) {
    client.destroy();
    socket.destroy();
    if (signal?.aborted) throw signal.reason;
    throw failureOf(asError(error), login, refusedKey);
  }
}

const opened = (
  client: Client,
  config: ConnectConfig,
  { login, signal }: { readonly login: Login; readonly signal: AbortSignal | undefined },
): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(asError(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (end: () => void) => (): void => {
      signal?.removeEventListener('abort', abort);
      end();
    };
    client.once('ready', settle(resolve));
    // Later errors are told by the commands that were running.
    client.on('error', (error) => settle(() => reject(error))());
    client.once(
      'close',
      settle(() => reject(new Error('the connection was closed'))),
    );
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => login.password ?? '')),
    );
    client.connect(config);
  });

const methodsOf = ({ password, identityFile, agent }: Login): AuthenticationType[] => [
  'none',
  ...(identityFile === undefined ? [] : (['publickey'] as const)),
  ...(password === undefined ? [] : (['password', 'keyboard-interactive'] as const)),
  ...(agent === undefined ? [] : (['agent'] as const)),
];

const allHostKeys: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];
/** What is known of the host first, so that it shows a key that can be compared. */
const algorithmsFor = (types: readonly string[]): ServerHostKeyAlgorithm[] => {
  const isKnown = (algorithm: string): boolean =>
    types.includes(algorithm.startsWith('rsa-sha2') ? 'ssh-rsa' : algorithm);
  return [...allHostKeys.filter(isKnown), ...allHostKeys.filter((algorithm) => !isKnown(algorithm))];
};

const failureOf = (error: Error, login: Login, refusedKey: string | undefined): ConnectFailed => {
  const address = addressOf(login);
  if (error instanceof ConnectFailed) return error;
  if (refusedKey !== undefined)
    return new ConnectFailed('hostKey', `ssh ${address}: handshake failed: ${refusedKey}`, { cause: error });
  if ('level' in error && error.level === 'client-authentication') {
    const tried = methodsOf(login).filter((method) => method !== 'none');
    const what = tried.length > 0 ? `tried ${tried.join(', ')}` : 'there is no password, identity_file or agent';
    return new ConnectFailed('login', `ssh ${address}: login as ${login.user} refused: ${error.message} (${what})`, {
      cause: error,
    });
  }
  return new ConnectFailed('unreachable', `ssh ${address}: ${error.message}`, { cause: error });
};
