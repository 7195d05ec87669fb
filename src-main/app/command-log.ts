import { HarrierError } from '../../src-shared/errors.ts';
import { goArchitecture, goPlatform, revision, version } from '../base/version.ts';
import { type AppLog, createAppLog, levelOf } from '../observe/log.ts';

/** The log of a command: to stderr, in the form that its flags ask for. Begins with the line that names the program. */
export function createCommandLog(flags: {
  readonly debug?: boolean | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
}): AppLog {
  const { debug, logLevel, logFormat } = flags;
  if (logLevel !== undefined && levelOf(logLevel) === undefined)
    throw new HarrierError('INPUT_INVALID', `--log-level "${logLevel}" is none of debug, info, warning, error, fatal`);
  if (logFormat !== undefined && !['runner', 'text', 'json'].includes(logFormat))
    throw new HarrierError('INPUT_INVALID', `--log-format "${logFormat}" is none of runner, text, json`);
  const log = createAppLog({
    level: debug ? 'debug' : logLevel,
    format: logFormat,
    write: (text) => void process.stderr.write(text),
    nowMs: Date.now,
    colour: process.stderr.isTTY === true && !process.env['NO_COLOR'],
  });
  log.info('Runtime platform', { arch: goArchitecture, os: goPlatform, pid: process.pid, revision, version });
  return log;
}
