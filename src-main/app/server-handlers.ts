import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config, RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import type { CallInput, CallOutput, Handlers } from '../../src-shared/ipc.ts';
import { systemClock } from '../base/clock.ts';
import { writeFileAtomic } from '../base/files.ts';
import type { Logger } from '../base/logger.ts';
import { runnerKey } from '../engine/index.ts';
import {
  type ConnectionOptions,
  createCoordinatorClient,
  readChain,
  type ServerProbe,
  withoutLogin,
} from '../gitlab/index.ts';
import { checkExecutor } from './checks/index.ts';
import { certificateFolderOf, connectionOf, wayOut } from './connection.ts';
import { executorNames } from './executors.ts';
import { readRegisterCommand } from './register-command.ts';
import { cleanUrl, registrationError, withClient } from './registration.ts';
import { checkToken } from './token-check.ts';

export interface ServerHandlerDeps {
  readonly configPath: string;
  readonly systemId: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: () => Config;
  /** Tokens that stand in the config file. */
  readonly knownTokens: () => readonly string[];
}
type Names =
  | 'server.probe'
  | 'connection.test'
  | 'server.trust'
  | 'token.check'
  | 'target.search'
  | 'register.read'
  | 'executor.list'
  | 'executor.check';

/** What the wizard asks before anything is made or written: the server, the token, this machine. */
export function createServerHandlers(deps: ServerHandlerDeps): Pick<Handlers, Names> {
  const { env, configPath } = deps;
  const registration = { ...deps, clock: systemClock };
  return {
    'server.probe': async ({ url, caFile }) => probe(cleanUrl(url), caFile, deps),
    'connection.test': (input) => testConnections(input, deps),
    'server.trust': async ({ url, fingerprint }) => {
      const base = URL.canParse(cleanUrl(url)) ? new URL(cleanUrl(url)) : undefined;
      const shown = base?.protocol === 'https:' ? (await readChain(base)).at(-1) : undefined;
      if (base === undefined || shown === undefined || shown.fingerprint !== fingerprint)
        throw new HarrierError('SERVER_TLS', `${url} shows another certificate than a moment ago`, {
          hint: 'Check the server again, and compare the fingerprint with the one that your administrator names.',
        });
      const folder = certificateFolderOf(configPath);
      const file = join(folder, `${base.hostname.replace(/^\[|\]$/g, '')}.crt`);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(file, shown.pem);
      return { file };
    },
    'token.check': ({ url, token, caFile }) =>
      checkToken({ url, token, ...(caFile ? { tls: { tlsCaFile: caFile } } : {}) }, deps.knownTokens(), registration),
    'target.search': async ({ url, token, caFile, kind, text }) => {
      const request = { url, ...(caFile ? { tls: { tlsCaFile: caFile } } : {}) };
      const answer = await withClient(request, registration, (client) =>
        client.personal(token.trim()).targets(kind, text.trim()),
      );
      if (!answer.ok) throw registrationError(answer, cleanUrl(url), 'personal');
      return { targets: [...answer.value] };
    },
    'register.read': async ({ command }) => readRegisterCommand(command),
    'executor.list': async () => ({ executors: [...executorNames], machine: hostname() }),
    'executor.check': async ({ executor, settings }) => ({
      checks: [...(await checkExecutor(executor, settings, env))],
    }),
  };
}

async function askServer(options: ConnectionOptions, { log }: ServerHandlerDeps): Promise<ServerProbe> {
  const client = createCoordinatorClient(options, { clock: systemClock, log });
  try {
    return await client.probe();
  } finally {
    await client.close();
  }
}

/** One answer for each server of the runners: what was reached, and by which way. */
async function testConnections(
  { proxy, noProxy, caFile, runner: only }: CallInput<'connection.test'>,
  deps: ServerHandlerDeps,
): Promise<CallOutput<'connection.test'>> {
  const settings = deps.settings();
  const runners = (settings.runners ?? []).filter((runner) => only === undefined || runnerKey(runner) === only);
  if (only !== undefined && runners.length === 0)
    throw new HarrierError('RUNNER_UNKNOWN', 'there is no such runner in the config file');
  const own = (kept: string | undefined): string | undefined =>
    proxy === undefined || (kept !== undefined && proxy === withoutLogin(kept)) ? kept : proxy;
  const harrier = {
    ...settings.harrier,
    ...(only === undefined ? { proxy: own(settings.harrier?.proxy) } : {}),
    ...(noProxy !== undefined ? { no_proxy: noProxy } : {}),
    ...(caFile !== undefined ? { ca_file: caFile } : {}),
  };
  const tried = new Map<string, RunnerConfig>();
  for (const runner of runners) {
    const way =
      only === undefined ? runner : { ...runner, harrier: { ...runner.harrier, proxy: own(runner.harrier?.proxy) } };
    tried.set(`${cleanUrl(runner.url ?? '')} ${way.harrier?.proxy ?? ''}`, way);
  }
  const reached = [...tried.values()].map(async (runner) => {
    const url = cleanUrl(runner.url ?? '');
    const answer = await askServer(connectionOf(runner, deps.configPath, deps.env, { ...settings, harrier }), deps);
    const { ok, message, hint } = answer.ok ? { hint: undefined, ...told(url, answer) } : await refused(url, answer);
    return { url, ok, message, ...(hint !== undefined ? { hint } : {}) };
  });
  return { reached: await Promise.all(reached) };
}

async function probe(
  url: string,
  caFile: string | undefined,
  deps: ServerHandlerDeps,
): Promise<CallOutput<'server.probe'>> {
  const ask = (address: string): Promise<ServerProbe> =>
    askServer(
      {
        url: address,
        ...wayOut(deps.configPath, deps.env, deps.settings()),
        ...(caFile ? { tlsCaFile: caFile } : {}),
      },
      deps,
    );
  const first = await ask(url);
  if (first.ok) return told(url, first);
  // A path too many, or http where https is served: looked at before a person has to. Never from https to http.
  const { elsewhere } = first;
  if (elsewhere !== undefined && !(url.startsWith('https:') && elsewhere.startsWith('http:'))) {
    const second = await ask(elsewhere);
    if (second.ok) return { ...told(elsewhere, second), url: elsewhere };
  }
  return refused(url, first);
}

const told = (url: string, answer: Extract<ServerProbe, { ok: true }>): CallOutput<'server.probe'> => ({
  ok: true,
  message: `GitLab answers${answer.viaProxy !== undefined ? `, through the proxy ${answer.viaProxy}` : ''}.`,
  ...(answer.version ? { version: answer.version } : {}),
  ...(answer.viaProxy !== undefined ? { proxy: answer.viaProxy } : {}),
  chain: [...answer.chain],
  ...(isPlain(url) ? { plain: true } : {}),
});

/** Loopback cannot be listened to from outside. */
const isPlain = (url: string): boolean => /^http:/i.test(url) && !/^http:\/\/(?:localhost|127\.|\[::1\])/i.test(url);

async function refused(url: string, answer: Extract<ServerProbe, { ok: false }>): Promise<CallOutput<'server.probe'>> {
  const { kind, message, elsewhere } = answer;
  if (kind === 'invalidUrl')
    return { ok: false, code: 'INPUT_INVALID', message, hint: 'It begins with https:// and names a host.' };
  const failure = registrationError({ ok: false, kind, message, status: 0 }, url);
  const chain = kind === 'tls' && answer.isUntrusted === true ? await readChain(new URL(url)) : [];
  const top = chain.at(-1);
  return {
    ok: false,
    code: failure.code,
    message: failure.message,
    hint: hintFor(failure, answer),
    ...(elsewhere !== undefined && kind !== 'notGitLab' ? { elsewhere } : {}),
    chain: chain.map(({ subject, issuer, validTo, fingerprint }) => ({ subject, issuer, validTo, fingerprint })),
    // Only what signed itself can be trusted as an authority.
    canTrust: top !== undefined && top.subject === top.issuer,
  };
}

const hintFor = ({ code, hint }: HarrierError, { isUntrusted, elsewhere }: Extract<ServerProbe, { ok: false }>) => {
  if (code === 'SERVER_UNREACHABLE' && elsewhere !== undefined)
    return 'It may want a secure connection: try the address with https.';
  if (code !== 'SERVER_TLS') return hint;
  if (isUntrusted === true)
    return 'Name the file with your company’s authority below, or trust the one that the server shows.';
  if (elsewhere !== undefined) return 'Ask whoever runs the server for its https address.';
  return 'Whoever runs the server has to mend this, or the clock of this machine is wrong.';
};
