import { HarrierError } from '../../../../src-shared/errors.ts';
import type { BuildLog } from '../../../base/build-log.ts';
import type { PrepareRequest, ResolvedVariable } from '../../types.ts';
import { checkAllowed } from '../images/allowed.ts';
import type { DockerSettings } from '../settings.ts';

/** A service as it will run. */
export interface ServiceDefinition {
  /** As it was written, variables replaced. */
  readonly image: string;
  /** For messages and labels: path without registry port and tag, and the tag (or digest). */
  readonly service: string;
  readonly version: string;
  readonly aliases: readonly string[];
  readonly command: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  readonly env: readonly string[];
  readonly user: string | undefined;
  readonly platform: string | undefined;
  readonly policies: readonly string[];
}

interface Written {
  readonly name: string;
  readonly alias: string;
  readonly command: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: readonly string[];
  readonly user?: string;
  readonly platform?: string;
  readonly policies?: readonly string[];
}

/** Those of the config first, then the job's (spec/executors.md 2.6). A service whose aliases are all taken is left out. */
export function defineServices(
  request: PrepareRequest,
  settings: DockerSettings,
  expand: (text: string) => string,
): ServiceDefinition[] {
  const { job, log } = request;
  const configured: Written[] = settings.services.map((each) => ({
    ...each,
    alias: each.alias ?? '',
    entrypoint: each.entrypoint,
  }));
  const asked: Written[] = (job.services ?? []).map((each) => {
    const docker = each.executor_opts?.docker;
    return {
      name: each.name ?? '',
      alias: each.alias ?? '',
      command: each.command ?? [],
      entrypoint: each.entrypoint ?? undefined,
      environment: (each.variables ?? []).map(({ key, value }) => `${key}=${value}`),
      policies: each.pull_policy ?? [],
      ...(docker?.user !== null && docker?.user !== undefined ? { user: String(docker.user) } : {}),
      ...(docker?.platform ? { platform: docker.platform } : {}),
    };
  });
  const own = new Set(settings.services.map(({ name }) => expand(name)));
  const taken = new Set<string>();
  const shared = sharedEnv(request.variables, request.directories.temporary);
  const count = configured.length + asked.length;
  if (settings.services_limit !== undefined && settings.services_limit >= 0 && count > settings.services_limit)
    throw new HarrierError(
      'EXECUTOR_PREPARE',
      `too many services requested: ${count}, only ${settings.services_limit} allowed`,
    );
  const defined: ServiceDefinition[] = [];
  for (const [index, written] of [...configured, ...asked].entries()) {
    const image = expand(written.name);
    if (image === '') continue;
    if (!own.has(image)) checkAllowed(image, { kind: 'services', patterns: settings.allowed_services, log });
    const { service, version, derived } = nameService(image);
    const wanted = [
      ...derived,
      ...expand(written.alias)
        .split(/[\s,]+/)
        .filter(Boolean),
    ];
    const aliases = [...new Set(wanted)].filter((alias) => isFree(taken, alias, { image, index, log }));
    if (aliases.length === 0) continue;
    if (written.entrypoint !== undefined && settings.disable_entrypoint_overwrite)
      log.warning('Entrypoint override disabled');
    defined.push({
      image,
      service,
      version,
      aliases,
      command: written.command,
      entrypoint: settings.disable_entrypoint_overwrite ? undefined : written.entrypoint,
      env: [...shared, ...written.environment.map(expandValue(expand))],
      user: written.user === undefined ? undefined : expand(written.user),
      platform: written.platform === undefined ? undefined : expand(written.platform),
      policies: written.policies ?? [],
    });
  }
  return defined;
}

const isFree = (
  taken: Set<string>,
  alias: string,
  { image, index, log }: { image: string; index: number; log: BuildLog },
): boolean => {
  if (!taken.has(alias)) {
    taken.add(alias);
    return true;
  }
  log.warning(
    `Skipping alias "${alias}" for service "${image}" (services[${index}]): alias is already in use by another service.`,
  );
  return false;
};

/** `registry:5000/group/db:14` -> `registry/group/db`, `14`; names `registry__group__db` and `registry-group-db`. */
export function nameService(image: string): { service: string; version: string; derived: string[] } {
  const [named = '', digest] = image.split('@');
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash + 1);
  const withoutTag = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? 'latest' : named.slice(colon + 1);
  const service = withoutTag.replace(/^([^/]+):\d+\//, '$1/');
  const derived = [...new Set([service.replaceAll('/', '__'), service.replaceAll('/', '-')])];
  return { service, version: digest === undefined ? tag : `@${digest}`, derived };
}

/** What every service may see: nothing that is secret. */
const sharedEnv = (variables: readonly ResolvedVariable[], temporary: string): string[] =>
  variables
    .filter((variable) => variable.public || variable.internal)
    .map(({ key, value, file }) => `${key}=${file ? `${temporary}/${key}` : value}`);

const expandValue =
  (expand: (text: string) => string) =>
  (pair: string): string => {
    const cut = pair.indexOf('=');
    return cut < 0 ? pair : `${pair.slice(0, cut)}=${expand(pair.slice(cut + 1))}`;
  };
