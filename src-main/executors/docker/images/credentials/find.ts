import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReference } from '../../../../../src-shared/docker/reference.ts';
import { messageOf } from '../../../../../src-shared/errors.ts';
import type { BuildLog } from '../../../../base/build-log.ts';
import { JobFailure, type PrepareRequest } from '../../../types.ts';
import type { RegistryAuth } from '../../engine/types.ts';
import { type RunHelper, readConfigJson, registryPath, runCredentialHelper } from './config-json.ts';

export interface Credentials {
  readonly auth: RegistryAuth;
  /** Where they come from, as it is said in the log. */
  readonly source: string;
}
export type FindCredentials = (image: string) => Promise<Credentials | undefined>;

interface Source {
  readonly name: string;
  readonly entries: ReadonlyMap<string, RegistryAuth>;
}

/**
 * Looks up credentials in the official order (spec/executors.md 2.12): the variable DOCKER_AUTH_CONFIG, the person's
 * config.json, what GitLab sent with the job. The first source that knows a path of the image wins. Read once a job.
 */
export function createCredentials(
  request: Pick<PrepareRequest, 'job' | 'variables' | 'appLog'> & { readonly log: BuildLog },
  env: Readonly<Record<string, string | undefined>>,
  runHelper: RunHelper = runCredentialHelper(env),
): FindCredentials {
  let sources: Promise<Source[]> | undefined;
  return async (image) => {
    sources ??= readSources(request, env, runHelper);
    const paths = candidates(image);
    for (const { name, entries } of await sources)
      for (const path of paths) {
        const auth = entries.get(path);
        if (auth !== undefined) return { auth, source: name };
      }
    return undefined;
  };
}

async function readSources(
  { job, variables, log, appLog }: Parameters<typeof createCredentials>[0],
  env: Readonly<Record<string, string | undefined>>,
  runHelper: RunHelper,
): Promise<Source[]> {
  const sources: Source[] = [];
  const variable = variables.find(({ key }) => key === 'DOCKER_AUTH_CONFIG')?.value ?? '';
  if (variable !== '')
    try {
      sources.push({ name: '$DOCKER_AUTH_CONFIG', entries: await readConfigJson(variable, runHelper) });
    } catch (error) {
      if (error instanceof JobFailure) throw error;
      // JSON.parse quotes the text that it could not read, and the text is a secret.
      const why = error instanceof SyntaxError ? 'it is not valid JSON' : messageOf(error);
      log.warning(
        `Failed to resolve credentials from $DOCKER_AUTH_CONFIG: ${why}. Credentials from this source will not be used.`,
      );
    }
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker');
  for (const path of [join(folder, 'config.json'), join(home, '.dockercfg')]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      sources.push({ name: path, entries: await readConfigJson(asConfig(text), runHelper) });
    } catch (error) {
      if (error instanceof JobFailure) throw error;
      appLog.warn('Registry credentials could not be read', { path });
    }
    break;
  }
  const sent = new Map<string, RegistryAuth>();
  for (const { type, url, username, password } of job.credentials ?? [])
    if (type === 'registry' && url)
      sent.set(registryPath(url), { username: username ?? '', password: password ?? '', serveraddress: url });
  if (sent.size > 0) sources.push({ name: 'job payload (GitLab Registry)', entries: sent });
  return sources;
}

/** `.dockercfg` is the `auths` table alone. */
const asConfig = (text: string): string => {
  const parsed: unknown = JSON.parse(text);
  const whole =
    typeof parsed === 'object' &&
    parsed !== null &&
    ('auths' in parsed || 'credsStore' in parsed || 'credHelpers' in parsed);
  return whole ? text : JSON.stringify({ auths: parsed });
};

/** `host/a/b`, `host/a`, `host`. */
const candidates = (image: string): string[] => {
  const reference = parseReference(image);
  if (reference === undefined) return [];
  const host = reference.registry === 'index.docker.io' ? 'docker.io' : reference.registry;
  const parts = reference.path.split('/');
  return Array.from({ length: parts.length + 1 }, (_, dropped) =>
    [host, ...parts.slice(0, parts.length - dropped)].join('/'),
  );
};
