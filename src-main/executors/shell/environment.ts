import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Environment, Exit, PrepareRequest, RunOptions } from '../types.ts';
import { type Channels, channelPaths, makeChannels, openChannels } from './channels.ts';
import { localFiles } from './files.ts';
import { type Env, inheritedEnv } from './inherited.ts';
import { processesWith, startTimeOf, stopGroup } from './process-group.ts';
import { type Profile, startLogin } from './profile.ts';
import { loadPty, openTerminal, runInPty } from './pty.ts';
import { runScript, startShell } from './run-script.ts';

/** A script that was told to end has this long to do so; then it is killed. */
const graceMs = 30_000;

/** Runs the scripts of one job on this machine, as the person who started Harrier. */
export async function createEnvironment(
  request: PrepareRequest,
  deps: { env: Env; clock: Clock },
): Promise<Environment> {
  const { shell, jobFolder, runner } = request;
  const { clock } = deps;
  const own = runner.harrier ?? {};
  const posix = process.platform !== 'win32';
  const markerName = 'HARRIER_JOB';
  const marker = `${request.job.id}-${randomBytes(6).toString('hex')}`;
  const cwd = process.cwd();
  const groups = new Set<number>();
  let closed: Promise<void> | undefined;

  const base = { ...inheritedEnv(deps.env, own.inherit_env === true), [markerName]: marker };
  const isPosixShell = shell.name === 'bash' || shell.name === 'sh';
  const pty = own.pty === true ? await loadPty() : undefined;
  if (own.pty === true && pty === undefined)
    request.log.warning(
      'pty = true: the native module node-pty is missing on this machine; the job runs without a terminal',
    );
  /** Undefined until the first script has told; Windows shells and shells without login have none. */
  let profile: Profile | undefined = posix && isPosixShell ? undefined : { env: base, umask: undefined };
  let paths = channelPaths(jobFolder, 0);
  let channels: Channels | undefined;
  let channelNumber = 0;
  let held = false;

  const onStart = (pid: number): void => {
    groups.add(pid);
    const proof = startTimeOf(pid);
    void request.onHandle({
      kind: 'processGroup',
      id: String(pid),
      ...(proof !== undefined ? { proof } : {}),
      details: { marker: `${markerName}=${marker}` },
    });
  };

  const scriptFile = join(jobFolder, `script${isPosixShell ? '' : '.ps1'}`);
  const common = {
    clock,
    graceMs,
    onStart,
    onHeld: () => {
      held = true;
    },
  };
  /** The first script runs in the login shell itself. A profile that ends it ends the stage, with its code. */
  const runFirst = async (script: string, options: RunOptions): Promise<Exit> => {
    writeFileSync(scriptFile, script, { mode: 0o600 });
    let told: Promise<Profile | undefined> = Promise.resolve(undefined);
    const start = () => {
      const login = startLogin({ shell, scriptFile, pipes: paths, env: base, cwd });
      told = login.profile;
      return login;
    };
    const exit = await runScript({ ...common, start }, options);
    // Its pipes were Node's own; those of the later scripts are made by now and nobody holds them.
    held = false;
    profile = await told;
    if (profile !== undefined) channels = openChannels(paths);
    return exit;
  };

  const run = async (script: string, options: RunOptions): Promise<Exit> => {
    if (profile === undefined) {
      // Only scripts of the runner itself may see Node's pipes (channels.ts); prepare_script is one.
      const isOwn = options.stage === 'prepare_script';
      const exit = await runFirst(isOwn ? script : '', options);
      if (isOwn || exit.code !== 0 || profile === undefined) return exit;
    }
    const { env, umask } = profile;
    writeFileSync(scriptFile, withUmask(script, umask), { mode: 0o600 });
    if (pty !== undefined)
      return runInPty(pty, { ...common, env, cwd, command: shell.fileCommand(scriptFile) }, options);
    if (held && posix) {
      channelNumber += 1;
      paths = channelPaths(jobFolder, channelNumber);
      await makeChannels(paths);
      channels = openChannels(paths);
      held = false;
    }
    const command = shell.command({ login: false });
    return runScript({ ...common, start: () => startShell({ command, scriptFile, env, cwd, channels }) }, options);
  };

  const close = async (): Promise<void> => {
    if (own.keep_daemons === true) return;
    for (const pid of groups) stopGroup(pid, 'SIGKILL');
    // Those that left the group: daemons, `setsid`, double forks. Twice, since one may just be forking another.
    for (let round = 0; round < 2; round += 1) {
      const left = processesWith(`${markerName}=${marker}`);
      if (left.length === 0) break;
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
      }
    }
  };

  return {
    run,
    files: localFiles,
    terminal: async (size) => {
      const module = await loadPty();
      if (module === undefined) throw new Error('the native module node-pty is missing on this machine');
      const folder = existsSync(request.directories.project) ? request.directories.project : cwd;
      const variables = Object.fromEntries(request.variables.map(({ key, value }) => [key, value]));
      return openTerminal(
        module,
        { command: [...shell.command({ login: true })], env: { ...(profile?.env ?? base), ...variables }, cwd: folder },
        size,
      );
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** The profile's umask comes first in the script: no option of spawn can set it. */
const withUmask = (script: string, umask: string | undefined): string =>
  umask === undefined || Number.parseInt(umask, 8) === process.umask() ? script : `umask ${umask}\n${script}`;
