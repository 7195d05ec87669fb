import { spawn } from 'node:child_process';
import * as v from 'valibot';
import { spawned } from '../../../../base/process.ts';
import type { RegistryAuth } from '../../engine/types.ts';
import { configurationError } from '../../settings.ts';

/** Docker's config.json, the part about registries (spec/executors.md 2.12). */
const configSchema = v.looseObject({
  auths: v.nullish(
    v.record(
      v.string(),
      v.looseObject({
        auth: v.nullish(v.string()),
        username: v.nullish(v.string()),
        password: v.nullish(v.string()),
        identitytoken: v.nullish(v.string()),
      }),
    ),
    {},
  ),
  credsStore: v.nullish(v.string(), ''),
  credHelpers: v.nullish(v.record(v.string(), v.string()), {}),
});
export type RunHelper = (name: string, action: 'list' | 'get', input: string) => Promise<string>;

/** Credentials by registry path (`host[/path]`). Throws for text that is no config; a failing helper is left out. */
export async function readConfigJson(text: string, runHelper: RunHelper): Promise<Map<string, RegistryAuth>> {
  const { auths, credsStore, credHelpers } = v.parse(configSchema, JSON.parse(text));
  const found = new Map<string, RegistryAuth>();
  for (const [server, entry] of Object.entries(auths)) {
    const decoded = entry.auth ? decodeAuth(entry.auth) : undefined;
    const username = entry.username ?? decoded?.username;
    const password = entry.password ?? decoded?.password;
    const token = entry.identitytoken ?? undefined;
    if (!username && !token) continue;
    found.set(registryPath(server), {
      ...(username ? { username } : {}),
      ...(password ? { password } : {}),
      ...(token ? { identitytoken: token } : {}),
      serveraddress: server,
    });
  }
  if (credsStore !== '') {
    const listed: unknown = JSON.parse(await runHelper(checkName(credsStore), 'list', ''));
    const servers = typeof listed === 'object' && listed !== null ? Object.keys(listed) : [];
    for (const server of servers) await addFromHelper(found, credsStore, server, runHelper);
  }
  for (const [server, helper] of Object.entries(credHelpers))
    await addFromHelper(found, checkName(helper), server, runHelper);
  return found;
}

const helperAnswer = v.looseObject({ Username: v.string(), Secret: v.string() });
const addFromHelper = async (
  found: Map<string, RegistryAuth>,
  helper: string,
  server: string,
  runHelper: RunHelper,
): Promise<void> => {
  const { Username, Secret } = v.parse(helperAnswer, JSON.parse(await runHelper(helper, 'get', server)));
  found.set(
    registryPath(server),
    Username === '<token>'
      ? { identitytoken: Secret, serveraddress: server }
      : { username: Username, password: Secret, serveraddress: server },
  );
};

/** The name becomes part of a program's name; a path in it could name any program. */
const checkName = (name: string): string => {
  if (/[\\/]/.test(name)) throw configurationError(`credential helper "${name}": path traversal is not allowed`);
  return name;
};

const decodeAuth = (auth: string): { username: string; password: string } | undefined => {
  const text = Buffer.from(auth, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0
    ? undefined
    : { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
};

/** `https://index.docker.io/v1/` -> `docker.io`; other entries keep their path. */
export const registryPath = (server: string): string => {
  const [host = '', ...path] = server
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const known = host.toLowerCase() === 'index.docker.io' ? 'docker.io' : host.toLowerCase();
  const versioned = path.length === 1 && /^v[12]$/.test(path[0] ?? '');
  return [known, ...(versioned ? [] : path)].join('/');
};

/** Runs `docker-credential-<name>`; the secret goes through its stdin and stdout only. */
export const runCredentialHelper =
  (env: Readonly<Record<string, string | undefined>>): RunHelper =>
  (name, action, input) =>
    new Promise((resolve, reject) => {
      const child = spawned(
        spawn(`docker-credential-${name}`, [action], {
          env: { ...env },
          stdio: ['pipe', 'pipe', 'pipe'],
          windowsHide: true,
          timeout: 30_000,
        }),
      );
      const pieces: Buffer[] = [];
      child.stdout.on('data', (data: Buffer) => pieces.push(data));
      child.stdin.on('error', () => {});
      child.on('error', (error) => reject(new Error(`docker-credential-${name}: ${error.message}`)));
      child.on('close', (code) =>
        code === 0
          ? resolve(Buffer.concat(pieces).toString())
          : reject(new Error(`docker-credential-${name} ${action}: exit code ${code}`)),
      );
      child.stdin.end(input);
    });
