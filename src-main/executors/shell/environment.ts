import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Environment, Exit, PrepareRequest, RunOptions } from '../types.ts';
import { type Channels, createChannels } from './channels.ts';
import { localFiles } from './files.ts';
import { type Env, inheritedEnv } from './inherited.ts';
import { processesWith, startTimeOf, stopGroup } from './process-group.ts';
import { type Profile, readProfile } from './profile.ts';
import { loadPty, openTerminal, runInPty } from './pty.ts';
import { runScript } from './run-script.ts';

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
  let first = true;

  const base = { ...inheritedEnv(deps.env, own.inherit_env === true), [markerName]: marker };
  const usesProfile = posix && (shell.name === 'bash' || shell.name === 'sh');
  const [profile, firstChannels, pty] = await Promise.all([
    usesProfile ? readProfile(shell, base, cwd, request.signal) : asIs(base),
    posix ? createChannels(jobFolder, 0) : undefined,
    own.pty === true ? loadPty() : undefined,
  ]);
  if (own.pty === true && pty === undefined)
    request.log.warning(
      'pty = true: the native module node-pty is missing on this machine; the job runs without a terminal',
    );
  let channels: Channels | undefined = firstChannels;
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

  const run = async (script: string, options: RunOptions): Promise<Exit> => {
    if (first) {
      first = false;
      if (profile.output.length > 0) await options.onOutput('stdout', profile.output);
      if (profile.code !== 0) return { code: profile.code };
    }
    const whole = withUmask(script, profile.umask);
    const common = { env: profile.env, cwd, clock, graceMs, onStart };
    const path = join(jobFolder, `script${shell.name === 'bash' || shell.name === 'sh' ? '' : '.ps1'}`);
    if (pty !== undefined) {
      writeFileSync(path, whole, { mode: 0o600 });
      return runInPty(pty, { ...common, command: shell.fileCommand(path) }, options);
    }
    if (held && posix) {
      channelNumber += 1;
      channels = await createChannels(jobFolder, channelNumber);
      held = false;
    }
    const command = shell.command({ login: false });
    return runScript(
      whole,
      {
        ...common,
        command,
        stdinFile: path,
        channels,
        onHeld: () => {
          held = true;
        },
      },
      options,
    );
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
        { command: [...shell.command({ login: true })], env: { ...profile.env, ...variables }, cwd: folder },
        size,
      );
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

const asIs = async (env: Readonly<Record<string, string>>): Promise<Profile> => ({
  env,
  umask: undefined,
  output: Buffer.alloc(0),
  code: 0,
});

/** The profile's umask comes first in the script: no option of spawn can set it. */
const withUmask = (script: string, umask: string | undefined): string =>
  umask === undefined || Number.parseInt(umask, 8) === process.umask() ? script : `umask ${umask}\n${script}`;
