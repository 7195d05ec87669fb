import type { Clock } from '../../base/clock.ts';
import { inheritedEnv } from '../shell/inherited.ts';
import type { Configured, ConfigureRequest, Executor, ExecutorTraits } from '../types.ts';
import type { DriverAnswer } from './answer.ts';
import { createEnvironment } from './environment.ts';
import { recoverSession } from './recover.ts';
import { openSession, type Session } from './session.ts';
import { readSettings } from './settings.ts';

export interface CustomDeps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const traits: ExecutorTraits = {
  features: ['variables', 'shared', 'service_variables'],
  sharedEnvironment: true,
  sharedBuildsDir: false,
  customBuildDir: false,
  safeDirectory: false,
  cleanGitConfig: false,
  buildsDir: '',
  cacheDir: '',
  showsHost: false,
  loginShell: false,
  defaultShell: process.platform === 'win32' ? 'pwsh' : 'bash',
  exitWords: 'exit status',
};

/** Runs jobs wherever a driver of programs puts them (spec/executors.md 6). */
export const createCustomExecutor = (deps: CustomDeps): Executor => {
  const configure = async (request: ConfigureRequest): Promise<Configured> => {
    const session = await openSession(deps, readSettings(request.runner), request);
    try {
      const answer = await session.config();
      request.log.plain(announcement(answer));
      return configured(executor, session, { answer, request });
    } catch (error) {
      await session.close();
      throw error;
    }
  };
  const executor: Executor = {
    name: 'custom',
    traits,
    configure,
    prepare: async (request) => (await configure(request)).executor.prepare(request),
    async recover(handles, _runner, log) {
      for (const handle of handles)
        await recoverSession(handle, { clock: deps.clock, env: inheritedEnv(deps.env, true), log });
    },
  };
  return executor;
};

const announcement = ({ driver }: DriverAnswer): string =>
  driver?.name
    ? `Using Custom executor with driver ${driver.name}${driver.version ? ` ${driver.version}` : ''}...`
    : 'Using Custom executor...';

const configured = (
  executor: Executor,
  session: Session,
  { answer, request: { runner } }: { answer: DriverAnswer; request: ConfigureRequest },
): Configured => ({
  executor: {
    ...executor,
    traits: {
      ...traits,
      sharedBuildsDir: answer.builds_dir_is_shared ?? traits.sharedBuildsDir,
      showsHost: Boolean(answer.hostname),
    },
    async prepare(request) {
      const ending = request.shell.name === 'bash' || request.shell.name === 'sh' ? '' : '.ps1';
      try {
        await session.prepare(request.variables, ending);
        return createEnvironment(session, request);
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  },
  runner: {
    ...runner,
    ...(answer.builds_dir ? { builds_dir: answer.builds_dir } : {}),
    ...(answer.cache_dir ? { cache_dir: answer.cache_dir } : {}),
    ...(answer.shell ? { shell: answer.shell } : {}),
  },
  ...(answer.hostname ? { hostname: answer.hostname } : {}),
  discard: () => session.close(),
});
