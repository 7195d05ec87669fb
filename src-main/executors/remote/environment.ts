import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../src-shared/errors.ts';
import { createFiles } from '../posix/files.ts';
import { inOwnGroup, machineKeeperScript } from '../posix/keeper.ts';
import { createKeeperSession, type ScriptSession, SessionEnded } from '../posix/keeper-session.ts';
import type { Environment, PrepareRequest, RunOptions } from '../types.ts';
import { endJob, labelName } from './end-job.ts';
import { channelConnection } from './keeper-channel.ts';
import type { Machine } from './machine.ts';
import { openTerminal } from './terminal.ts';

export interface RemoteParts {
  readonly machine: Machine;
  /** For messages. */
  readonly address: string;
  /** Unguessable name of the job on that machine (`newMark`). */
  readonly mark: string;
  readonly hostname?: string;
  /** Switches the machine off, and with it all that the job has started there. Never throws. */
  readonly release?: () => Promise<void>;
  /** Hears of work that goes on after `close`. */
  readonly onQuiet: (work: Promise<void>) => void;
}
/** A script that was told to end is killed after this time. */
const graceMs = 10_000;

export const newMark = (): string => `harrier-${randomBytes(12).toString('hex')}`;

/**
 * Runs the scripts of one job on a machine that is reached by SSH. A loop there (posix/keeper.ts) runs one after
 * another; nothing of Harrier or of the official runner is installed on that side.
 */
export function createRemoteEnvironment(request: PrepareRequest, parts: RemoteParts): Environment {
  const { clock, shell, runner } = request;
  const { machine, mark } = parts;
  const keepDaemons = runner.harrier?.keep_daemons === true;
  const command = inOwnGroup(
    machineKeeperScript({
      mark,
      shell: shell.command({ login: true }),
      label: `${labelName}=${mark}`,
      keepDaemons,
    }),
  );
  const open = async (): Promise<ScriptSession> =>
    createKeeperSession(channelConnection(await machine.open(command)), {
      clock,
      mark,
      graceMs,
      lastResort: () => endJob(machine.run, mark),
    });
  /** Scripts of ours share one loop. */
  let helper: Promise<ScriptSession> | undefined;
  /** For the next script of the user. */
  let ready: Promise<ScriptSession> | undefined;
  /** What a script of the user has left in the background lives on here, unheard. */
  const used: ScriptSession[] = [];
  let closing: Promise<void> | undefined;
  let removing: Promise<void> = Promise.resolve();
  const start = (): Promise<ScriptSession> => {
    const opening = open();
    opening.catch(() => {});
    return opening;
  };
  helper = start();
  ready = start();

  const take = async (where: RunOptions['where']): Promise<ScriptSession> => {
    if (where === 'helper') {
      helper ??= start();
      return helper;
    }
    const taken = ready ?? start();
    ready = undefined;
    return taken;
  };
  const run: Environment['run'] = async (script, { where, signal, onOutput }) => {
    let session: ScriptSession | undefined;
    try {
      session = await take(where);
      const exit = await session.run(script, { signal, onOutput, endStrays: false });
      if (where === 'build') used.push(session);
      return exit;
    } catch (error) {
      if (where === 'helper') helper = undefined;
      session?.close();
      if (!(error instanceof SessionEnded)) throw error;
      if (signal.aborted) return { code: null, signal: 'SIGKILL' };
      throw new Error(
        `wait: remote command exited without exit status or exit signal: ${error.message} while the script ran on ${parts.address}`,
        { cause: error },
      );
    }
  };

  const end = async (): Promise<void> => {
    try {
      if (!keepDaemons && parts.release === undefined) await endJob(machine.run, mark);
    } catch (error) {
      request.appLog.warn('Processes of a job may be left on its host', {
        host: parts.address,
        error: messageOf(error),
      });
    } finally {
      machine.close();
      await parts.release?.();
    }
  };
  const close = async (): Promise<void> => {
    // Each loop ends with its connection, and what it started with it.
    for (const opening of [helper, ready]) opening?.then((session) => session.close()).catch(() => {});
    for (const session of used) session.close();
    removing = end();
    parts.onQuiet(removing);
  };
  return {
    ...(parts.hostname !== undefined ? { hostname: parts.hostname } : {}),
    run,
    files: createFiles(machine.run, { openUmask: false }),
    terminal: (size) => openTerminal(machine, { ...size, folder: request.directories.project }),
    close() {
      closing ??= close();
      return closing;
    },
    async removed() {
      await closing;
      await removing;
    },
  };
}
