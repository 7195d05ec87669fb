import { hostname } from 'node:os';
import { HarrierError } from '../../src-shared/errors.ts';
import type { CallInput, Handlers } from '../../src-shared/ipc.ts';
import type { RunnerServerView } from '../../src-shared/runner-calls.ts';
import { cleanToken, tokenKindOf } from '../../src-shared/token-kind.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { editConfig, loadConfig, readConfigText, removeRunner, setRunnerKeys } from '../config/index.ts';
import { type Engine, runnerKey } from '../engine/index.ts';
import { createCoordinatorClient, createRunnerInfo } from '../gitlab/index.ts';
import { connectionOf, type SharedSettings } from './connection.ts';
import { previewRunner } from './preview.ts';
import { askServer, cleanUrl, isAuthenticationToken, registerRunner, registrationError } from './registration.ts';
import { renewToken } from './renew-token.ts';
import { runnerPage } from './runner-page.ts';
import { changeRunner, settingsOfRunner } from './runner-settings.ts';
import type { ServerFacts } from './server-facts.ts';

export interface RunnerHandlerDeps {
  readonly configPath: string;
  readonly engine: Engine;
  readonly facts: ServerFacts;
  readonly systemId: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: () => SharedSettings & { readonly concurrent?: number | undefined };
  /** Our own save counts at once, not at the next look at the file. */
  readonly reload: () => Promise<void>;
  /** What stands beside the config (facts) has changed. */
  readonly changed: () => void;
}
type Names =
  | 'runner.add'
  | 'runner.remove'
  | 'runner.verify'
  | 'runner.resetToken'
  | 'runner.setToken'
  | 'runner.ask'
  | 'runner.settings'
  | 'runner.change'
  | 'runner.preview'
  | 'runner.stop';

const ok = { ok: true } as const;

/** Runners as the window adds, checks, changes and removes them: config file and server together. */
export function createRunnerHandlers(deps: RunnerHandlerDeps): Pick<Handlers, Names> {
  const { log, env, configPath, engine, facts } = deps;
  const entry = (key: string) => {
    const runner = engine.runner(key);
    if (runner === undefined) throw unknown();
    return runner;
  };
  const found = (key: string) => {
    const runner = entry(key);
    return {
      runner,
      client: createCoordinatorClient(connectionOf(runner, configPath, env, deps.settings()), {
        clock: systemClock,
        log,
      }),
    };
  };
  /** Where the entry stands in the file as it is now. */
  const indexOf = async (key: string): Promise<number> => {
    const { config } = await loadConfig(configPath, env);
    const index = (config.runners ?? []).findIndex((each) => runnerKey(each) === key);
    if (index === -1) throw unknown();
    return index;
  };
  return {
    'runner.add': async (input) => {
      const url = cleanUrl(input.url);
      const registered = await registerRunner(
        {
          url,
          token: input.token,
          name: input.name || hostname(),
          executor: input.executor,
          settings: input.settings ?? {},
          ...(input.caFile ? { tls: { tlsCaFile: input.caFile } } : {}),
          ...(input.kind ? { kind: input.kind } : {}),
          ...(input.server ? { server: input.server } : {}),
          ...(input.scope ? { scope: input.scope } : {}),
        },
        { ...deps, clock: systemClock },
      );
      const key = runnerKey({ url, token: registered.token });
      const known = factsFrom(input, url, registered.id);
      if (known !== undefined) await facts.set(key, known);
      await deps.reload();
      return { runner: key };
    },
    'runner.preview': async ({ url, name, executor, settings, caFile }) => {
      const request = {
        name: name || hostname(),
        executor,
        settings: settings ?? {},
        ...(caFile ? { tls: { tlsCaFile: caFile } } : {}),
      };
      const found = await readConfigText(configPath);
      return { text: previewRunner(found?.text ?? '', cleanUrl(url), request) };
    },
    'runner.remove': async ({ runner: key, onServer }) => {
      const { runner, client } = found(key);
      try {
        if (onServer) {
          const token = runner.token ?? '';
          const answer = isAuthenticationToken(token)
            ? await client.unregisterManager(token, deps.systemId)
            : await client.unregisterRunner(token);
          // 403 and 404: the server does not know it any more, which is what was wanted.
          if (!answer.ok && answer.status !== 403 && answer.status !== 404)
            throw new HarrierError(
              'SERVER_ERROR',
              `${runner.url} did not remove the runner (${answer.message}); it stays in the file`,
            );
        }
      } finally {
        await client.close();
      }
      await editConfig(configPath, removeRunner(await indexOf(key)));
      await facts.forget(key);
      await deps.reload();
      return ok;
    },
    'runner.verify': async ({ runner: key }) => {
      const { runner, client } = found(key);
      try {
        const info = createRunnerInfo({
          executor: runner.executor ?? '',
          shell: runner.shell ?? '',
          executorFeatures: [],
        });
        const answer = await client.verifyRunner({ token: runner.token ?? '', systemId: deps.systemId, info });
        if (answer.ok) return { valid: true, message: `${runner.url} knows this runner.` };
        const { message, hint } = registrationError(answer, runner.url ?? '');
        return { valid: false, message, hint };
      } finally {
        await client.close();
      }
    },
    'runner.resetToken': async ({ runner: key }) => {
      const runner = entry(key);
      const token = await renewToken(
        { runner, index: await indexOf(key), config: deps.settings() },
        configPath,
        undefined,
        log,
      );
      const next = runnerKey({ url: runner.url, token });
      await facts.move(key, next);
      await deps.reload();
      return { runner: next };
    },
    'runner.setToken': async ({ runner: key, token: given }) => {
      const runner = entry(key);
      const token = cleanToken(given);
      if (tokenKindOf(token) !== 'runner')
        throw new HarrierError('TOKEN_KIND', 'this is no runner token', {
          hint: 'Create a runner on GitLab and paste the token that it shows; it starts with glrt-.',
        });
      const tls = connectionOf(runner, configPath, env, deps.settings());
      const answer = await askServer({ url: runner.url ?? '', token, tls }, { ...deps, clock: systemClock });
      await editConfig(
        configPath,
        setRunnerKeys(await indexOf(key), {
          id: answer.id,
          token: answer.token,
          token_obtained_at: answer.obtainedAt,
          token_expires_at: answer.expiresAt,
        }),
      );
      // It may be another runner of GitLab's: what was known of the old one does not count.
      await facts.forget(key);
      await deps.reload();
      return { runner: runnerKey({ url: runner.url, token: answer.token }) };
    },
    'runner.ask': async ({ runner: key, token }) => {
      const { runner, client } = found(key);
      try {
        const url = runner.url ?? '';
        const answer = await client.personal(token.trim()).runner(runner.id ?? 0);
        if (!answer.ok) throw registrationError(answer, url, 'personal');
        const { projects, groups, type, ...held } = answer.value;
        const [project] = projects;
        const page = runnerPage(url, runner.id ?? 0, { type, ...(project ? { path: project } : {}) });
        const groupPage = groups[0] !== undefined ? `${groups[0]}/-/runners/${runner.id}` : undefined;
        const shown = page ?? groupPage;
        await facts.set(key, {
          ...held,
          tags: [...held.tags],
          ...(shown !== undefined ? { page: shown } : {}),
          atMs: systemClock.now(),
        });
      } finally {
        await client.close();
      }
      deps.changed();
      return ok;
    },
    'runner.settings': async ({ runner: key }) => {
      const { config } = await loadConfig(configPath, env);
      const runner = (config.runners ?? [])[await indexOf(key)];
      return { values: settingsOfRunner(runner ?? {}), concurrent: deps.settings().concurrent ?? 1 };
    },
    'runner.change': async ({ runner: key, values, concurrent }) => {
      await editConfig(configPath, changeRunner(await indexOf(key), values, concurrent));
      await deps.reload();
      return ok;
    },
    'runner.stop': async ({ runner: key }) => {
      entry(key);
      engine.pause(key);
      for (const job of engine.view().jobs) if (job.runner === key) engine.cancel(job.key);
      return ok;
    },
  };
}

const unknown = (): HarrierError => new HarrierError('RUNNER_UNKNOWN', 'there is no such runner in the config file');

/** What is known of a runner that Harrier itself has made; GitLab decides on those that were there before. */
function factsFrom(input: CallInput<'runner.add'>, url: string, id: number): RunnerServerView | undefined {
  const { server, scope } = input;
  if (server === undefined) return undefined;
  const path = scope !== undefined && scope.type !== 'instance' ? scope.path : undefined;
  const page = runnerPage(url, id, scope ? { type: scope.type, ...(path ? { path } : {}) } : undefined);
  const tags = server.tags ?? [];
  return {
    tags,
    runUntagged: tags.length === 0 || (server.runUntagged ?? true),
    locked: server.locked ?? true,
    paused: server.paused ?? false,
    protectedOnly: server.protectedOnly ?? false,
    ...(server.maximumTimeout !== undefined ? { maximumTimeout: server.maximumTimeout } : {}),
    ...(page !== undefined ? { page } : {}),
    atMs: systemClock.now(),
  };
}
