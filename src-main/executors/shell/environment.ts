import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { HarrierError } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import { tracesScripts } from '../../base/debug-trace.ts';
import type { Environment, Exit, PrepareRequest, RunOptions, Terminal, TerminalOptions } from '../types.ts';
import { runDirect } from './direct.ts';
import { localFiles } from './files.ts';
import { type Env, inheritedEnv } from './inherited.ts';
import { type JobShell, startJobShell } from './job-shell.ts';
import { loadNodePty } from './node-pty.ts';
import type { OutputChannel } from './pipes.ts';
import { processesWith, startTimeOf, stopGroup } from './process-group.ts';
import { makeRuntimeFolder } from './runtime-folder.ts';
import { openTerminal } from './terminal.ts';
import { openTerminalDevice } from './terminal-device.ts';

/** A script that was told to end has this long to do so, as with the official runner; the run loop waits less. */
const graceMs = 600_000;
/** In the environment of everything that a job starts, so that it is found wherever it goes. */
const markerName = 'HARRIER_JOB';

/** Runs the scripts of one job on this machine, as the person who started Harrier. */
export const createEnvironment = async (
  request: PrepareRequest,
  deps: {
    readonly env: Env;
    readonly clock: Clock;
    /** What the login profile makes of the environment, read once for many jobs; absent: each job starts a login shell. */
    readonly loginEnvironment?: Promise<Readonly<Record<string, string>> | undefined>;
  },
): Promise<Environment> => {
  const { shell, runner } = request;
  const own = runner.harrier ?? {};
  const cwd = request.workingDirectory ?? process.cwd();
  const folder = makeRuntimeFolder(deps.env, request.jobFolder);
  const marker = `${markerName}=${request.job.id}-${randomBytes(6).toString('hex')}`;
  // A traced script begins at the outermost level of its shell, as with the official runner: `+` is a shell's first level.
  const alone = own.pty !== true && tracesScripts(runner, variableOf(request, 'CI_DEBUG_TRACE'));
  const shared = shell.name === 'bash' && !alone ? await deps.loginEnvironment : undefined;
  const env = {
    ...(shared ?? inheritedEnv(deps.env, own.inherit_env === true)),
    [markerName]: marker.slice(markerName.length + 1),
  };
  const groups = new Set<number>();
  let terminalDevice: OutputChannel | undefined;
  let jobShell: JobShell | undefined;
  let shells = 0;
  let closed = false;

  const onStart = (pid: number): Promise<void> => {
    groups.add(pid);
    const proof = startTimeOf(pid);
    return request.onHandle({
      kind: 'processGroup',
      id: String(pid),
      ...(proof !== undefined ? { proof } : {}),
      details: { marker, folder },
    });
  };
  if (own.pty === true) terminalDevice = await openDevice(request, folder);
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
      onStart,
      terminal: terminalDevice,
    });
  };
  // The profile is read while the job goes on being prepared.
  if (posixName !== undefined && process.platform !== 'win32' && !alone) jobShell = startShell(posixName);

  const run = async (script: string, options: RunOptions): Promise<Exit> => {
    if (closed) throw new HarrierError('INTERNAL', 'the environment is closed');
    if (jobShell === undefined || posixName === undefined) {
      const asFile = variableOf(request, powershellFile) === 'true' && posixName === undefined;
      const direct = { shell, asFile, env, cwd, folder, clock: deps.clock, graceMs };
      return runDirect(script, { ...direct, onStart: (pid) => void onStart(pid) }, options);
    }
    if (!jobShell.usable) {
      jobShell.kill({ group: true });
      jobShell = startShell(posixName);
    }
    return jobShell.run(script, options);
  };
  const terminal = async (size: TerminalOptions): Promise<Terminal> => {
    const pty = await loadNodePty();
    if (pty === undefined)
      throw new HarrierError('NOT_SUPPORTED', 'the native module node-pty is missing on this machine');
    const { project } = request.directories;
    const place = existsSync(project) ? project : cwd;
    return openTerminal(pty, { command: shell.command({ login: true }), env, cwd: place }, size);
  };
  const end = (): void => {
    closed = true;
    if (own.keep_daemons !== true) {
      for (const pid of groups) stopGroup(pid, 'SIGKILL');
      endStrays(marker, Math.min(...groups));
    }
    jobShell?.kill({ group: own.keep_daemons !== true });
    terminalDevice?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    run,
    files: localFiles,
    terminal,
    async close() {
      if (!closed) end();
    },
  };
};

const powershellFile = 'FF_DISABLE_POWERSHELL_STDIN';

const variableOf = ({ variables }: PrepareRequest, name: string): string | undefined =>
  variables.find(({ key }) => key === name)?.value;

const openDevice = async ({ log }: PrepareRequest, folder: string): Promise<OutputChannel | undefined> => {
  const pty = process.platform === 'win32' ? undefined : await loadNodePty();
  if (pty !== undefined) return openTerminalDevice(pty, folder);
  log.warning('pty = true: there is no terminal for jobs on this machine (node-pty); the job runs without one');
  return undefined;
};

/** What left its group: daemons, `setsid`, double forks. Twice, since one may just be forking another. */
const endStrays = (marker: string, firstPid: number): void => {
  for (let round = 0; round < 2; round += 1) {
    const left = processesWith(marker, firstPid);
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    if (left.length === 0) break;
  }
};
