import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { inheritedEnv } from '../shell/inherited.ts';
import { type ConfigureRequest, type Exit, JobFailure, type ResolvedVariable, type RunOptions } from '../types.ts';
import { type DriverAnswer, readAnswer } from './answer.ts';
import { cleanUp } from './cleanup.ts';
import { callDriver } from './driver.ts';
import { forgetState, writeState } from './recover.ts';
import type { CustomSettings, Program } from './settings.ts';
import { markerName, responseFile, surroundings } from './surroundings.ts';

export interface SessionDeps {
  readonly clock: Clock;
  /** Harrier's own environment: a driver sees all of it, as officially. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One preparation of one job with its driver: a folder of its own, from `config_exec` to `cleanup_exec`. */
export interface Session {
  /** What the driver says about this job. */
  config(): Promise<DriverAnswer>;
  prepare(variables: readonly ResolvedVariable[], shellEnding: string): Promise<void>;
  /** Runs a script as a stage of the driver. */
  run(script: string, options: Pick<RunOptions, 'stage' | 'signal' | 'onOutput'>): Promise<Exit>;
  /** Lets the driver clean up, and removes the folder. Safe twice; never throws. */
  close(): Promise<void>;
}

export const openSession = async (
  { clock, env }: SessionDeps,
  settings: CustomSettings,
  request: ConfigureRequest,
): Promise<Session> => {
  const { job, log, appLog, signal, jobFolder } = request;
  const folder = await mkdtemp(join(jobFolder, 'custom-executor'));
  const marker = `${folder}-${randomBytes(6).toString('hex')}`;
  let variables = request.variables;
  let jobEnv: Readonly<Record<string, string>> = {};
  let ending = '';
  let closing: Promise<void> | undefined;

  const own = (): Record<string, string> => surroundings(folder, { job, variables, jobEnv });
  const all = (): Record<string, string> => ({ ...inheritedEnv(env, true), ...own() });
  const call = (program: Program, more: Partial<Parameters<typeof callDriver>[1]> = {}): Promise<Exit> =>
    callDriver({ clock, settings }, { program, env: all(), folder, signal, onOutput: say, ...more });
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  const say: RunOptions['onOutput'] = (stream, chunk) => {
    log.raw(decoders[stream].write(Buffer.from(chunk)));
    return undefined;
  };
  /** For the next start of Harrier: what `cleanup_exec` must know. */
  const remember = () => writeState({ folder, marker, env: own(), settings });
  const must = async (running: Promise<Exit>): Promise<void> => {
    const { code } = await running;
    if (code !== 0) throw new JobFailure('script_failure', `exit status ${code}`, { exitCode: code ?? -1 });
  };

  await writeFile(responseFile(folder), JSON.stringify(job), { mode: 0o600 });
  await remember();
  await request.onHandle({ kind: 'directory', id: folder, proof: marker });
  return {
    async config() {
      if (settings.config === undefined) return {};
      const printed: Buffer[] = [];
      await must(
        call(settings.config, {
          onOutput: (stream, chunk) => {
            if (stream === 'stderr') return say(stream, chunk);
            printed.push(Buffer.from(chunk));
            return undefined;
          },
        }),
      );
      const answer = readAnswer(Buffer.concat(printed).toString());
      jobEnv = answer.job_env ?? {};
      await remember();
      return answer;
    },
    async prepare(known, shellEnding) {
      variables = known;
      ending = shellEnding;
      await remember();
      if (settings.prepare !== undefined) await must(call(settings.prepare));
    },
    async run(script, { stage, ...options }) {
      const place = await mkdtemp(join(folder, 'script'));
      const path = join(place, `script${ending}`);
      try {
        await writeFile(path, script, { mode: 0o700 });
        // Whatever the umask says: the driver runs it.
        await chmod(path, 0o700);
        return await call(settings.run, { args: [path, stage], env: { ...all(), [markerName]: marker }, ...options });
      } finally {
        await rm(place, { recursive: true, force: true });
      }
    },
    close() {
      closing ??= (async () => {
        await cleanUp({ clock, settings, folder, env: all(), log: appLog, secrets: secretsOf(variables) });
        await forgetState(folder).catch((error: unknown) =>
          appLog.warn('The folder of a custom driver could not be removed', { error: messageOf(error) }),
        );
      })();
      return closing;
    },
  };
};

const secretsOf = (variables: readonly ResolvedVariable[]): string[] =>
  variables.filter(({ masked, value }) => masked && value !== '').map(({ value }) => value);
