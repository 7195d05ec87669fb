import { hostname } from 'node:os';
import { HarrierError } from '../../src-shared/errors.ts';
import type { Handlers } from '../../src-shared/ipc.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { editConfig, loadConfig, removeRunner } from '../config/index.ts';
import { type Engine, runnerKey } from '../engine/index.ts';
import { createCoordinatorClient, createRunnerInfo } from '../gitlab/index.ts';
import { connectionOf } from './connection.ts';
import { isAuthenticationToken, registerRunner, registrationError } from './registration.ts';

export interface RunnerHandlerDeps {
  readonly configPath: string;
  readonly engine: Engine;
  readonly systemId: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Our own save counts at once, not at the next look at the file. */
  readonly reload: () => Promise<void>;
}

/** Runners as the window adds, checks and removes them: config file and server together. */
export function createRunnerHandlers(
  deps: RunnerHandlerDeps,
): Pick<Handlers, 'runner.add' | 'runner.remove' | 'runner.verify' | 'server.probe'> {
  const { log, env, configPath } = deps;
  const found = (key: string) => {
    const runner = deps.engine.runner(key);
    if (runner === undefined) throw new HarrierError('RUNNER_UNKNOWN', 'there is no such runner in the config file');
    return {
      runner,
      client: createCoordinatorClient(connectionOf(runner, configPath, env), { clock: systemClock, log }),
    };
  };
  return {
    'runner.add': async ({ url, token, name, executor, settings }) => {
      const registered = await registerRunner(
        { url, token, name: name || hostname(), executor, settings: settings ?? {} },
        { ...deps, clock: systemClock },
      );
      await deps.reload();
      return { runner: runnerKey({ url: url.trim().replace(/\/+$/, ''), token: registered.token }) };
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
      const { config } = await loadConfig(configPath, env);
      const index = (config.runners ?? []).findIndex((each) => runnerKey(each) === key);
      await editConfig(configPath, removeRunner(index));
      await deps.reload();
      return { ok: true };
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
    'server.probe': async ({ url }) => {
      const client = createCoordinatorClient({ url, env }, { clock: systemClock, log });
      try {
        const answer = await client.probe();
        if (!answer.ok) {
          const { kind, message } = answer;
          if (kind === 'invalidUrl') return { ok: false, message };
          const failure = registrationError({ ok: false, kind, message, status: 0 }, url);
          return { ok: false, message: failure.message, hint: failure.hint };
        }
        const proxy = answer.viaProxy !== undefined ? `, through the proxy ${answer.viaProxy}` : '';
        return { ok: true, ...(answer.version ? { version: answer.version } : {}), message: `GitLab answers${proxy}.` };
      } finally {
        await client.close();
      }
    },
  };
}
