import { readFile } from 'node:fs/promises';
import type { ConnectConfig } from 'ssh2';
import { messageOf } from '../../../src-shared/errors.ts';
import { ConnectFailed } from './failures.ts';
import { type KnownHosts, parseKnownHosts } from './known-hosts.ts';
import type { Login } from './settings.ts';
import { loadSsh2 } from './ssh2.ts';

/** What a sign-in needs from files of this machine. `keys` is absent where any host key is taken. */
export interface Credentials {
  readonly config: Pick<ConnectConfig, 'password' | 'privateKey' | 'agent' | 'tryKeyboard'>;
  readonly keys?: KnownHosts;
}

/** Rejects with `ConnectFailed` of kind `settings` before anything is dialed. */
export async function readCredentials(login: Login): Promise<Credentials> {
  const { password, identityFile, agent, knownHostsFile } = login;
  return {
    config: {
      ...(password === undefined ? {} : { password, tryKeyboard: true }),
      ...(identityFile === undefined ? {} : { privateKey: await readIdentity(identityFile) }),
      ...(agent === undefined ? {} : { agent }),
    },
    ...(knownHostsFile === undefined
      ? {}
      : { keys: parseKnownHosts(await readText('known_hosts_file', knownHostsFile), knownHostsFile) }),
  };
}

const readIdentity = async (path: string): Promise<string> => {
  const text = await readText('identity_file', path);
  const { utils } = await loadSsh2();
  const key = utils.parseKey(text);
  if (!(key instanceof Error)) return text;
  if (!/encrypted/i.test(key.message)) throw failed(`identity_file ${path}: ${key.message}`, key);
  throw failed(
    `identity_file ${path} has a passphrase, which nobody can type here: ` +
      'add the key to the SSH agent (ssh-add) and leave identity_file out, or name a key without passphrase',
    key,
  );
};

const readText = async (key: string, path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw failed(`${key} cannot be read: ${messageOf(error)}`, error);
  }
};

const failed = (message: string, cause: unknown): ConnectFailed => new ConnectFailed('settings', message, { cause });
