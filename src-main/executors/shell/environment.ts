import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HarrierError, messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { tracesScripts } from '../../base/debug-trace.ts';
import { startTimeOf } from '../../base/process.ts';
import { createFiles } from '../posix/files.ts';
import type { Environment, EnvironmentFiles, Exit, KeptEnvironment, PrepareRequest, RunOptions } from '../types.ts';
import { createCommandAs } from './command-as.ts';
import { runDirect } from './direct.ts';
import { localFiles } from './files.ts';
import { clearWay, folderBytes, folderProof, isInside } from './folders.ts';
import { type Env, inheritedEnv } from './inherited.ts';
import { createJobGroup } from './job-group.ts';
import { type JobShell, startJobShell } from './job-shell.ts';
import { loadNodePty } from './node-pty.ts';
import type { OtherUser } from './other-user.ts';
import type { OutputChannel } from './pipes.ts';
import { endMarked, onceFilesAreFree, stopGroup } from './process-group.ts';
import { makeRuntimeFolder } from './runtime-folder.ts';
import { createTerminals } from './terminal.ts';
import { openTerminalDevice } from './terminal-device.ts';

/** A script that was told to end has this long to do so, as with the official runner; the run loop waits less. */
const graceMs = 600_000;
/** In the environment of everything that a job starts, so that it is found wherever it goes. */
const markerName = 'HARRIER_JOB';

export interface KeptHere extends KeptEnvironment {
  /** Of the runner whose job it was. */
  readonly shortToken: string;
}

/** Runs the scripts of one job on this machine, as the person who started Harrier. */
export const createEnvironment = async (
  request: PrepareRequest,
  deps: {
    readonly env: Env;
    readonly clock: Clock;
    /** As whom scripts run, when not as whoever started Harrier. */
    readonly user?: OtherUser;
    /** What is kept, by its id. */
    readonly kept: Map<string, KeptHere>;
    /** What the login profile makes of the environment, read once for many jobs; absent: each job starts a login shell. */
    readonly loginEnvironment?: Promise<Readonly<Record<string, string>> | undefined>;
  },
): Promise<Environment> => {
  const { shell, runner } = request;
  const { user } = deps;
  const own = runner.harrier ?? {};
  const cwd = request.workingDirectory ?? process.cwd();
  const builds = resolve(cwd, request.directories.builds);
  // Closed to other users when it is new. Another user's shell makes its own.
  if (user === undefined) mkdirSync(builds, { recursive: true, mode: 0o700 });
  const folder = makeRuntimeFolder(deps.env, request.jobFolder);
  const marker = `${markerName}=${request.job.id}-${randomBytes(6).toString('hex')}`;
  // A traced script begins at the outermost level of its shell, as with the official runner: `+` is a shell's first level.
  // For another user each stage has a process of its own, as with the official runner: our pipes are for us only.
  const traced = own.pty !== true && tracesScripts(runner, variableOf(request, 'CI_DEBUG_TRACE'));
  const alone = traced || user !== undefined;
  const shared = shell.name === 'bash' && !alone ? await deps.loginEnvironment : undefined;
  const mark = marker.slice(markerName.length + 1);
  const inherited = shared ?? inheritedEnv(deps.env, own.inherit_env === true, user);
  const env = { ...inherited, [markerName]: mark };
  const groups = new Set<number>();
  const jobGroup = own.keep_daemons === true ? undefined : createJobGroup(mark);
  let terminalDevice: OutputChannel | undefined;
  let jobShell: JobShell | undefined;
  let shells = 0;
  let jobEnded = false;
  let freed = false;
  const project = resolve(cwd, request.directories.project);
  const temporary = resolve(cwd, request.directories.temporary);
  const terminals = createTerminals(request, { env: inherited, cwd, folder, mark });

  const writeDown = (pid: number): Promise<void> => {
    groups.add(pid);
    const proof = startTimeOf(pid);
    return request.onHandle({
      kind: 'processGroup',
      id: String(pid),
      ...(proof !== undefined ? { proof } : {}),
      details: { marker, folder, ...(jobGroup ? { cgroup: jobGroup.path } : {}) },
    });
  };
  if (own.pty === true) terminalDevice = await openDevice(request, folder, user);
  const posixName = shell.name === 'bash' || shell.name === 'sh' ? shell.name : undefined;
  const startShell = (name: 'bash' | 'sh'): JobShell => {
    shells += 1;
    return startJobShell({
      shell: name,
      command: shell.command({ login: shared === undefined }),
      env: terminalDevice ? { ...env, TERM: 'xterm-256color' } : env,
      cwd,
      folder,
      prefix: `shell${shells}.`,
      clock: deps.clock,
      graceMs,
      onStart: async (pid) => void (await Promise.all([writeDown(pid), jobGroup?.add(pid)])),
      terminal: terminalDevice,
    });
  };
  // The profile is read while the job goes on being prepared.
  if (posixName !== undefined && process.platform !== 'win32' && !alone)
    try {
      jobShell = startShell(posixName);
    } catch (error) {
      jobGroup?.end(deps.clock);
      terminalDevice?.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }

  const run = async (script: string, options: RunOptions): Promise<Exit> => {
    if (jobEnded) throw new HarrierError('INTERNAL', 'the environment is closed');
    clearWay(builds, project);
    if (jobShell === undefined || posixName === undefined) {
      const asFile = variableOf(request, powershellFile) === 'true' && posixName === undefined;
      if (asFile && user !== undefined)
        throw new HarrierError('NOT_SUPPORTED', `${shell.name} doesn't support changing user with the shell executor`, {
          hint: `Leave out ${powershellFile}, or --user.`,
        });
      const direct = { shell, command: user?.command, asFile, env, cwd, folder, clock: deps.clock, graceMs };
      const onStart = (pid: number): void => {
        jobGroup?.addAtOnce(pid);
        void writeDown(pid);
      };
      return runDirect(script, { ...direct, onStart }, options);
    }
    if (!jobShell.usable) {
      jobShell.kill({ group: true });
      jobShell = startShell(posixName);
    }
    return jobShell.run(script, options);
  };
  /** The job's own processes end; its folder, its variables and a person's terminals may stay. */
  const endJob = async (): Promise<void> => {
    if (jobEnded) return;
    jobEnded = true;
    const endsAll = own.keep_daemons !== true;
    if (endsAll) for (const pid of groups) stopGroup(pid, 'SIGKILL');
    jobGroup?.end(deps.clock);
    jobShell?.kill({ group: endsAll });
    terminalDevice?.close();
    if (endsAll && jobGroup?.holdsAll !== true)
      await onceFilesAreFree(deps.clock, () => endMarked(marker, Math.min(...groups)));
  };
  const id = `${request.job.id}-${randomBytes(6).toString('hex')}`;
  /** Variables stay in memory, so what is kept ends with this process; file variables lie in a folder that only this user reads. */
  const keep = async (untilMs: number): Promise<void> => {
    const proof = folderProof(temporary);
    // For a start after a crash.
    if (proof !== undefined) await request.onHandle({ kind: 'directory', id: temporary, proof });
    const kept = (endMs: number): KeptHere => ({
      id,
      shortToken: request.shortToken,
      jobId: request.job.id,
      place: project,
      folder: project,
      untilMs: endMs,
      endsWithProcess: true,
      terminal: terminals.open,
      sizeBytes: async () => (await folderBytes(project)) + (await folderBytes(temporary)),
      extend: async (laterMs) => void deps.kept.set(id, kept(laterMs)),
      remove: free,
    });
    deps.kept.set(id, kept(untilMs));
  };
  const free = async (): Promise<void> => {
    if (freed) return;
    freed = true;
    terminals.end();
    rmSync(folder, { recursive: true, force: true });
    if (!deps.kept.delete(id)) return;
    for (const path of [temporary, project]) {
      if (!isInside(builds, path)) continue;
      await rm(path, { recursive: true, force: true }).catch((error) =>
        request.appLog.warn('A kept folder could not be removed', { path, error: messageOf(error) }),
      );
    }
  };
  return {
    run,
    // A person's terminal and what is kept for it would have the rights of root.
    ...(user === undefined
      ? { files: ownFiles(() => clearWay(builds, project)), terminal: terminals.open }
      : { files: createFiles(createCommandAs(user, env), { openUmask: false }) }),
    async close({ keepUntilMs } = {}) {
      await endJob();
      if (keepUntilMs !== undefined && user === undefined && !freed) await keep(keepUntilMs);
      else await free();
    },
  };
};

/** Files of this machine; before one is removed the way to it is cleared of links. */
const ownFiles = (clear: () => void): EnvironmentFiles => ({
  ...localFiles,
  remove(path) {
    clear();
    return localFiles.remove(path);
  },
});

const powershellFile = 'FF_DISABLE_POWERSHELL_STDIN';

const variableOf = ({ variables }: PrepareRequest, name: string): string | undefined =>
  variables.find(({ key }) => key === name)?.value;

const openDevice = async (
  { log }: PrepareRequest,
  folder: string,
  user: OtherUser | undefined,
): Promise<OutputChannel | undefined> => {
  if (user !== undefined) {
    log.warning('pty = true: a job of another user (--user) has no terminal; the job runs without one');
    return undefined;
  }
  const pty = process.platform === 'win32' ? undefined : await loadNodePty();
  if (pty !== undefined) return openTerminalDevice(pty, folder);
  log.warning('pty = true: there is no terminal for jobs on this machine (node-pty); the job runs without one');
  return undefined;
};
