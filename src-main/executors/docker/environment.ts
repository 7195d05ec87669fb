import { messageOf } from '../../../src-shared/errors.ts';
import type { BuildLog } from '../../base/build-log.ts';
import type { Clock } from '../../base/clock.ts';
import { SessionEnded } from '../posix/keeper-session.ts';
import type { Environment, Exit, RunOptions, Terminal, TerminalOptions } from '../types.ts';
import { memoryKills } from './containers/memory.ts';
import type { Engine } from './engine/types.ts';
import { createFiles } from './files/files.ts';
import { keptName } from './kept-name.ts';
import type { Resources } from './resources.ts';
import type { Session } from './session/types.ts';
import { openTerminal } from './terminal.ts';

export interface EnvironmentParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: BuildLog;
  readonly resources: Resources;
  readonly hostname: string;
  readonly buildName: string;
  readonly projectFolder: string;
  readonly memoryLimit: string | undefined;
  readonly openUmask: boolean;
  readonly onClose: () => void;
  readonly hurry: AbortSignal;
  /** Hears of work that goes on after `close`. */
  readonly onQuiet: (work: Promise<void>) => void;
  /** Creates and starts a container. */
  readonly open: (where: RunOptions['where']) => Promise<Session>;
  /** How often a script is begun whose container vanishes (EXECUTOR_JOB_SECTION_ATTEMPTS). */
  readonly attempts: number;
  /** The build container stops after each script and is started for the next one. */
  readonly restarts: boolean;
  /** Before the first script of a new container. */
  readonly onNew: (
    where: RunOptions['where'],
    ids: Readonly<Record<RunOptions['where'], () => Promise<string>>>,
  ) => Promise<void>;
}
const terminalWaitMs = 15_000;
const terminalPollMs = 100;
const removalMs = 500;

class ContainerRemoved extends Error {
  override readonly name = 'ContainerRemoved';
  readonly containerId: string;
  constructor(containerId: string) {
    super('the container was removed while the script ran in it');
    this.containerId = containerId;
  }
}

/** Runs the scripts of one job in its containers. */
export function createEnvironment(parts: EnvironmentParts): Environment {
  const { engine, clock, log, resources } = parts;
  const sessions: { build?: Promise<Session>; helper?: Promise<Session> } = {};
  const announced = new Set<string>();
  let terminals = 0;
  let closing: Promise<void> | undefined;
  let removing: Promise<void> = Promise.resolve();

  const open = (where: RunOptions['where']): Promise<Session> => {
    const opening = sessions[where] ?? parts.open(where);
    sessions[where] = opening;
    opening.catch(() => {
      if (sessions[where] === opening) delete sessions[where];
    });
    return opening;
  };
  const idOf = (where: RunOptions['where']) => async (): Promise<string> => (await open(where)).containerId;
  const ids = { build: idOf('build'), helper: idOf('helper') };
  /** The container is of no more use: the next script gets a new one. */
  const drop = async (where: RunOptions['where'], session: Session): Promise<void> => {
    delete sessions[where];
    session.close();
    await resources.removeContainer(session.containerId).catch(() => {});
  };

  const runOnce = async (script: string, options: RunOptions): Promise<Exit> => {
    const { where, signal } = options;
    const session = await open(where);
    if (!announced.has(session.containerId)) {
      announced.add(session.containerId);
      await parts.onNew(where, ids);
    }
    try {
      // A person's terminal is a process that the script did not start, and must not end with it.
      const endStrays = where === 'build' && terminals === 0;
      const exit = await session.run(script, { signal, onOutput: options.onOutput, endStrays });
      if (exit.code === 137 && (await memoryKills(engine, session.containerId)) > 0) sayMemory();
      // The official runner makes a new container after a cancel and says so; ours is still good.
      if (signal.aborted && where === 'build') announced.delete(session.containerId);
      if (where === 'build' && parts.restarts) rest(session);
      return exit;
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
      const ended = await howItEnded(session, error, signal).finally(() => drop(where, session));
      if (ended instanceof Error) throw ended;
      return ended;
    }
  };
  /** A container that somebody removed is made anew for the same script, as often as the job asks for. */
  const run = async (script: string, options: RunOptions): Promise<Exit> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce(script, options);
      } catch (error) {
        if (!(error instanceof ContainerRemoved) || parts.attempts === 1) throw error;
        log.error(`Container "${error.containerId}" not found or removed. Will retry...`);
        if (attempt >= parts.attempts) {
          log.error('Execution attempts exceeded');
          throw error;
        }
        log.info(`Retrying ${options.stage}`);
      }
    }
  };
  /** What an entrypoint has started ended with the script, so it runs again before the next one. */
  const rest = (session: Session): void => {
    if (terminals > 0) return;
    delete sessions.build;
    session.close();
  };
  const sayMemory = (): void => {
    const limit = parts.memoryLimit ? ` (memory = "${parts.memoryLimit}")` : '';
    log.warning(`a process was killed because the container reached its memory limit${limit}`);
  };
  /** An answer, or the error that says why there is none. */
  const howItEnded = async (session: Session, error: SessionEnded, signal: AbortSignal): Promise<Exit | Error> => {
    if (signal.aborted) return { code: null, signal: 'SIGKILL' };
    try {
      let facts = await engine.inspectContainer(session.containerId);
      // Removal by force is a kill first; what is still there a moment later was only killed.
      if (facts?.exitCode === 137 && !facts.oomKilled) {
        await clock.sleep(removalMs);
        facts = await engine.inspectContainer(session.containerId);
      }
      if (facts === undefined) return new ContainerRemoved(session.containerId);
      if (facts.status === 'running') return new Error(`${error.message}; the container still ran`);
      if (facts.oomKilled) {
        sayMemory();
        return { code: 137 };
      }
      const forced = facts.exitCode === 137 || facts.exitCode === 143;
      // The image's entrypoint gave up before it took the script.
      if (facts.exitCode !== 0 && !forced) return { code: facts.exitCode };
      const how = forced ? 'was stopped or killed from outside' : 'ended before the script did';
      return new Error(`the container ${how} (exit code ${facts.exitCode})${facts.error ? `: ${facts.error}` : ''}`);
    } catch (problem) {
      return new Error(`the container engine does not answer any more: ${messageOf(problem)}`, { cause: problem });
    }
  };

  const terminal = async (size: TerminalOptions): Promise<Terminal> => {
    const deadline = clock.monotonic() + terminalWaitMs;
    while (sessions.build === undefined && clock.monotonic() < deadline) await clock.sleep(terminalPollMs);
    if (sessions.build === undefined) throw new Error('timeout for waiting for build container');
    const { containerId } = await sessions.build;
    const opening = await openTerminal(engine, containerId, { ...size, workingDir: parts.projectFolder });
    terminals += 1;
    opening.onExit(() => {
      terminals -= 1;
    });
    return opening;
  };

  /** The build container lives on without us; what else ran beside it stays as it is, but for the helper. */
  const keep = async (untilMs: number): Promise<boolean> => {
    try {
      const [session, helper] = await Promise.all([open('build'), open('helper')]);
      await session.hold((untilMs - clock.now()) / 1000);
      await engine.renameContainer(session.containerId, keptName(parts.buildName, untilMs));
      parts.onClose();
      parts.onQuiet(drop('helper', helper));
      return true;
    } catch (error) {
      log.warning(`The environment of this job cannot be kept: ${messageOf(error)}`);
      return false;
    }
  };

  /** Everything stops with the connections; what has stopped is removed while the job is reported. */
  const close = async (): Promise<void> => {
    parts.onClose();
    const open = await Promise.allSettled([sessions.build, sessions.helper]);
    for (const each of open) if (each.status === 'fulfilled') each.value?.close();
    removing = resources.releaseLater(parts.hurry);
    parts.onQuiet(removing);
  };

  return {
    hostname: parts.hostname,
    run,
    files: createFiles({
      engine,
      container: ids.helper,
      openUmask: parts.openUmask,
    }),
    terminal,
    async close({ keepUntilMs } = {}) {
      if (keepUntilMs !== undefined && closing === undefined && (await keep(keepUntilMs))) return;
      closing ??= close();
      return closing;
    },
    async removed() {
      await closing;
      await removing;
    },
  };
}
