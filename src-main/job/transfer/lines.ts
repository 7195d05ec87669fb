import type { TransferContext } from './types.ts';

/**
 * Lines of the transfer stages, byte for byte as the official runner and its helper program print them
 * (spec/job-lifecycle.md 6.1 and 6.4).
 */
const reset = '\x1b[0;m';
const green = '\x1b[32;1m';
const yellowColour = '\x1b[0;33m';
const red = '\x1b[31;1m';

/** What the script of a stage says: green. */
export const notice = (text: string): string => `${green}${text}${reset}\n`;
/** What the script of a stage says without a colour. */
export const plain = (text: string): string => `${reset}${text}\n`;
/** What the script of a stage says when something failed that is no failure of the job: yellow. */
export const yellow = (text: string): string => `${yellowColour}${text}${reset}\n`;

export type LineLevel = 'info' | 'warning' | 'error' | 'fatal';
export type LineFields = Readonly<Record<string, string | number | undefined>>;

const looks: Readonly<Record<LineLevel, { colour: string; prefix: string }>> = {
  info: { colour: '', prefix: '' },
  warning: { colour: yellowColour, prefix: 'WARNING: ' },
  error: { colour: red, prefix: 'ERROR: ' },
  fatal: { colour: red, prefix: 'FATAL: ' },
};
const messageWidth = 50;

/**
 * First line of every helper command where the helper is the runner's own program: on this machine. In containers it is a
 * smaller program, which does not print it.
 */
export function printPlatform({ environment, info, printHelper }: TransferContext): void {
  if (!environment.files.local) return;
  printHelper(
    helperLine('info', 'Runtime platform', {
      arch: info.architecture,
      os: info.platform,
      pid: process.pid,
      revision: info.revision,
      version: info.version,
    }),
  );
}

/** A line of the helper: prefix and message padded to 50 columns, then the fields by name. */
export function helperLine(level: LineLevel, message: string, fields: LineFields = {}): string {
  const { colour, prefix } = looks[level];
  const shown = Object.keys(fields)
    .filter((key) => fields[key] !== undefined && fields[key] !== '')
    .sort()
    .map((key) => ` ${colour}${key}${reset}=${fields[key]}`)
    .join('');
  return `${colour}${prefix}${message.padEnd(messageWidth - prefix.length)}${reset} ${shown}\n`;
}
