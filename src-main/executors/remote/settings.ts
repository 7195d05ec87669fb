import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { JobFailure } from '../types.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** How to sign in on a machine, from `[runners.ssh]`. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly identityFile?: string;
  /** Address of the agent; used when there is neither password nor identity file. */
  readonly agent?: string;
  /** Absent: any host key is taken. */
  readonly knownHostsFile?: string;
}

/** A setting that cannot be; the job fails with GitLab's reason for it and is not tried again. */
export const configurationError = (message: string, options?: ErrorOptions): JobFailure =>
  new JobFailure('runner_configuration_error', message, options);

/**
 * The section of this runner with its defaults (spec/executors.md 3.1); `to` is the address that an executor found
 * itself. Throws a configuration error without the section.
 */
export function readLogin(
  { ssh }: RunnerConfig,
  env: Env,
  to?: { readonly host: string; readonly port?: number },
): Login {
  if (ssh === undefined) throw configurationError('missing SSH configuration');
  const port = Number(ssh.port || '22');
  if (to?.port === undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw configurationError(`ssh.port = ${JSON.stringify(ssh.port)} is no port`);
  const agent = ssh.password || ssh.identity_file ? undefined : env['SSH_AUTH_SOCK'];
  return {
    host: to?.host ?? (ssh.host || 'localhost'),
    port: to?.port ?? port,
    user: ssh.user || 'root',
    ...(ssh.password ? { password: ssh.password } : {}),
    ...(ssh.identity_file ? { identityFile: fromHome(ssh.identity_file, env) } : {}),
    ...(agent ? { agent } : {}),
    ...(ssh.disable_strict_host_key_checking === true
      ? {}
      : { knownHostsFile: fromHome(ssh.known_hosts_file || '~/.ssh/known_hosts', env) }),
  };
}

/** `host`, or `host:port` where the port is not the usual one. */
export const addressOf = ({ host, port }: Pick<Login, 'host' | 'port'>): string =>
  port === 22 ? host : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const fromHome = (path: string, env: Env): string =>
  path.startsWith('~/') ? join(env['HOME'] || homedir(), path.slice(2)) : path;
