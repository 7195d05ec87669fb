import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarrierError } from '../../../../src-shared/errors.ts';
import type { Endpoint, TlsFiles } from '../engine/types.ts';

/** Reads `unix://`, `npipe://`, `tcp://`, `http(s)://`, `ssh://` and bare paths, as the docker command line does. */
export function parseAddress(text: string, tls?: TlsFiles): Endpoint {
  if (text.startsWith('/')) return { kind: 'socket', path: text };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  switch (url?.protocol) {
    case 'unix:':
      return { kind: 'socket', path: decodeURIComponent(text.slice('unix://'.length)) };
    case 'npipe:':
      return { kind: 'socket', path: text.slice('npipe:'.length).replace(/^\/{4}/, '//') };
    case 'ssh:': {
      const user = url.username === '' ? '' : `${decodeURIComponent(url.username)}@`;
      return {
        kind: 'ssh',
        target: `${user}${url.hostname}`,
        ...(url.port === '' ? {} : { port: Number(url.port) }),
      };
    }
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const secure = tls ?? (url.protocol === 'https:' ? { verify: true } : undefined);
      const port = url.port === '' ? defaultPort(url.protocol, secure !== undefined) : Number(url.port);
      return { kind: 'tcp', host: url.hostname, port, ...(secure === undefined ? {} : { tls: secure }) };
    }
    default:
      throw new HarrierError(
        'CONFIG_INVALID',
        `"${text}" is no address of a container engine; use unix://, npipe://, tcp:// or ssh://`,
      );
  }
}

const defaultPort = (protocol: string, secure: boolean): number => {
  if (protocol === 'http:') return 80;
  if (protocol === 'https:') return 443;
  return secure ? 2376 : 2375;
};

/** `ca.pem`, `cert.pem` and `key.pem` of a folder; `verify` off leaves the authority out. Throws when one is missing. */
export async function readTlsFolder(folder: string, verify: boolean): Promise<TlsFiles> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  try {
    const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
    return { ca, cert, key, verify };
  } catch (error) {
    throw new HarrierError(
      'CONFIG_INVALID',
      `TLS files of the engine: ${error instanceof Error ? error.message : 'unreadable'}`,
      {
        cause: error,
      },
    );
  }
}
