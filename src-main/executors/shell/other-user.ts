import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { HarrierError } from '../../../src-shared/errors.ts';
import { quote } from '../quote.ts';

/** Another user of this machine, as whom jobs run (`run --user`). */
export interface OtherUser {
  readonly name: string;
  /** What names this user and this user's places, instead of those of whoever started Harrier. */
  readonly env: Readonly<Record<string, string>>;
  /** A command line that runs `command` as this user. */
  readonly command: (command: readonly string[]) => readonly string[];
}

/**
 * Finds the user. Undefined: it is the one who started Harrier. Throws where jobs cannot run as somebody else: only
 * root may, and Windows has no way without a password.
 */
export const findUser = (name: string): OtherUser | undefined => {
  if (name === '' || name === userInfo().username) return undefined;
  if (process.platform === 'win32' || process.getuid?.() !== 0)
    throw new HarrierError('NOT_SUPPORTED', `--user ${name}: only root can run jobs as another user`, {
      hint: `Start Harrier as ${name}, or as root.`,
    });
  // The rules of useradd; a name with other characters could mean something to a shell.
  if (!/^[A-Za-z_][\w.-]*\$?$/.test(name) || ask('id', '-u', name) === undefined)
    throw new HarrierError('INPUT_INVALID', `--user ${name}: there is no such user on this machine`);
  const [uid, gid] = [ask('id', '-u', name), ask('id', '-g', name)];
  const home = ask('sh', '-c', `echo ~${name}`) ?? '/';
  const direct = ['setpriv', '--reuid', `${uid}`, '--regid', `${gid}`, '--init-groups', '--'];
  // setpriv becomes the command: signals and exit codes are its own. `su` stands in between where there is nothing else.
  const usesSetpriv = ask(direct[0] ?? '', ...direct.slice(1), 'true') !== undefined;
  return {
    name,
    env: { HOME: home, USER: name, LOGNAME: name },
    command: (command) => (usesSetpriv ? [...direct, ...command] : su(name, command)),
  };
};

/** The shell of the account may be one that lets nobody in, so that on Linux another is named. */
const su = (name: string, command: readonly string[]): readonly string[] => {
  const line = `exec ${command.map(quote).join(' ')}`;
  return process.platform === 'linux' ? ['su', '-s', '/bin/sh', name, '-c', line] : ['su', name, '-c', line];
};

const ask = (program: string, ...args: readonly string[]): string | undefined => {
  try {
    return execFileSync(program, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
};
