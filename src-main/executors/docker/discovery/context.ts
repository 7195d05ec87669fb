import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseJson } from '../../../base/json.ts';
import type { TlsFiles } from '../engine/types.ts';
import { parseAddress } from './address.ts';
import type { Strategy } from './types.ts';

const configSchema = v.looseObject({ currentContext: v.nullish(v.string(), '') });
const metaSchema = v.looseObject({
  Endpoints: v.looseObject({
    docker: v.looseObject({ Host: v.string(), SkipTLSVerify: v.nullish(v.boolean(), false) }),
  }),
});

/** The docker command line's current context: DOCKER_CONTEXT, else config.json; DOCKER_CONFIG moves both. */
export const fromContext: Strategy = async ({ env, home }) => {
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker');
  const name = env['DOCKER_CONTEXT'] || (await currentContext(join(folder, 'config.json')));
  if (name === '' || name === 'default') return [];
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await read(join(folder, 'contexts', 'meta', id, 'meta.json'));
  if (meta === undefined) return [];
  const { Host, SkipTLSVerify } = v.parse(metaSchema, JSON.parse(meta)).Endpoints.docker;
  const tls = await readTls(join(folder, 'contexts', 'tls', id, 'docker'), !SkipTLSVerify);
  return [{ source: `Docker context "${name}"`, endpoint: parseAddress(Host, tls) }];
};

const currentContext = async (path: string): Promise<string> => {
  const text = await read(path);
  if (text === undefined) return '';
  const parsed = v.safeParse(configSchema, parseJson(text));
  return parsed.success ? parsed.output.currentContext : '';
};

/** A context has TLS when it has any of the three files. */
const readTls = async (folder: string, verify: boolean): Promise<TlsFiles | undefined> => {
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map((name) => read(join(folder, name))));
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca !== undefined ? { ca } : {}),
    ...(cert !== undefined ? { cert } : {}),
    ...(key !== undefined ? { key } : {}),
    verify,
  };
};

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
