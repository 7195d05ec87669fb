import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { HarrierError } from '../../src-shared/errors.ts';
import { isAuthenticationToken, registerRunner } from '../app/registration.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { readSystemId } from '../config/index.ts';

interface RegisterOptions {
  readonly config: string;
  readonly url?: string;
  readonly token?: string;
  readonly registrationToken?: string;
  readonly nonInteractive?: boolean | string;
  readonly name?: string;
  readonly description?: string;
  readonly executor?: string;
  readonly shell?: string;
  readonly limit?: number;
  readonly buildsDir?: string;
  readonly cacheDir?: string;
  readonly env?: readonly string[];
  readonly dockerImage?: string;
  readonly tagList?: string;
  readonly runUntagged?: string;
  readonly locked?: string;
  readonly paused?: string;
  readonly accessLevel?: string;
  readonly maximumTimeout?: number;
  readonly tlsCaFile?: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
}

const executors = ['shell', 'docker'];

/** `harrier register`: asks for what the flags leave open, checks it with GitLab, writes the entry. */
export async function register(options: RegisterOptions): Promise<number> {
  const unattended = options.nonInteractive === true || options.nonInteractive === 'true';
  const ask = createPrompt(unattended);
  try {
    const url = await ask('Enter the GitLab instance URL (for example, https://gitlab.com/):', '--url', options.url);
    const token = await ask('Enter the registration token:', '--token', options.token ?? options.registrationToken);
    refuseForeign(options, token);
    const given = options.name ?? options.description;
    const name = await ask(`Enter a name for the runner [${hostname()}]:`, '--name', given, hostname());
    const executor = await ask(`Enter an executor (${executors.join(', ')}):`, '--executor', options.executor);
    if (!executors.includes(executor))
      throw new HarrierError('EXECUTOR_UNKNOWN', `"${executor}" is no executor of Harrier (${executors.join(', ')})`);
    const image =
      executor === 'docker'
        ? await ask('Enter the default Docker image (for example, ruby:3.3):', '--docker-image', options.dockerImage)
        : undefined;
    const configPath = resolve(options.config);
    const { id } = await registerRunner(
      {
        url,
        token,
        name,
        executor,
        settings: settingsOf(options, image),
        tls: {
          ...(options.tlsCaFile ? { tlsCaFile: options.tlsCaFile } : {}),
          ...(options.tlsCertFile ? { tlsCertFile: options.tlsCertFile } : {}),
          ...(options.tlsKeyFile ? { tlsKeyFile: options.tlsKeyFile } : {}),
        },
        legacy: legacyOf(options),
      },
      { configPath, systemId: await readSystemId(configPath), clock: systemClock, log: silentLogger, env: process.env },
    );
    process.stderr.write(`Runner ${id} registered successfully. The configuration is in ${configPath}\n`);
    return 0;
  } finally {
    ask.close();
  }
}

type Ask = ((question: string, flag: string, given: string | undefined, standard?: string) => Promise<string>) & {
  close(): void;
};

function createPrompt(unattended: boolean): Ask {
  let reader: ReturnType<typeof createInterface> | undefined;
  const ask = async (question: string, flag: string, given: string | undefined, standard?: string): Promise<string> => {
    if (given !== undefined && given !== '') return given;
    if (unattended) {
      if (standard !== undefined) return standard;
      throw new HarrierError('INPUT_INVALID', `${flag} is missing; with --non-interactive nothing is asked`);
    }
    reader ??= createInterface({ input: process.stdin, output: process.stderr });
    const ended = new Promise<never>((_, reject) =>
      reader?.once('close', () =>
        reject(new HarrierError('INPUT_INVALID', `${flag} is missing and the input has ended; use --non-interactive`)),
      ),
    );
    ended.catch(() => {});
    const answer = (await Promise.race([reader.question(`${question}\n`), ended])).trim() || standard;
    return answer !== undefined && answer !== '' ? answer : ask(question, flag, undefined, standard);
  };
  return Object.assign(ask, { close: () => reader?.close() });
}

/** What GitLab itself keeps for a `glrt-` runner cannot be given here. */
function refuseForeign(options: RegisterOptions, token: string): void {
  if (!isAuthenticationToken(token) || options.registrationToken !== undefined) return;
  const set = Object.entries({
    '--tag-list': options.tagList,
    '--run-untagged': options.runUntagged,
    '--locked': options.locked,
    '--paused': options.paused,
    '--access-level': options.accessLevel,
    '--maximum-timeout': options.maximumTimeout,
  }).filter(([, value]) => value !== undefined);
  if (set.length > 0)
    throw new HarrierError(
      'INPUT_INVALID',
      `${set.map(([flag]) => flag).join(', ')}: GitLab keeps this for a runner with a glrt- token; set it on the runner's page`,
    );
}

const truth = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : text === 'true' || text === '1';

function legacyOf(options: RegisterOptions) {
  const untagged = truth(options.runUntagged);
  return {
    ...(options.tagList ? { tag_list: options.tagList } : {}),
    run_untagged: untagged ?? !options.tagList,
    locked: truth(options.locked) ?? true,
    paused: truth(options.paused) ?? false,
    ...(options.accessLevel ? { access_level: options.accessLevel } : {}),
    ...(options.maximumTimeout ? { maximum_timeout: options.maximumTimeout } : {}),
  };
}

const settingsOf = (options: RegisterOptions, image: string | undefined): Record<string, unknown> => ({
  ...(options.shell ? { shell: options.shell } : {}),
  ...(options.limit ? { limit: options.limit } : {}),
  ...(options.buildsDir ? { builds_dir: options.buildsDir } : {}),
  ...(options.cacheDir ? { cache_dir: options.cacheDir } : {}),
  ...(options.env ? { environment: options.env } : {}),
  ...(image !== undefined
    ? { docker: { image, privileged: false, disable_cache: false, volumes: ['/cache'], shm_size: 0 } }
    : {}),
});
