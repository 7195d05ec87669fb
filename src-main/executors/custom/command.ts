import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { CommandResult, RunCommand } from '../posix/command.ts';
import { quote } from '../quote.ts';
import type { Exit, RunOptions } from '../types.ts';
import { createUnframer } from './unframe.ts';

/** Runs a script as the stage that the driver knows. */
export type RunScript = (script: string, options: Pick<RunOptions, 'signal' | 'onOutput'>) => Promise<Exit>;

/** What one script carries; a longer input is put together in a file of the place, piece by piece. */
const pieceBytes = 6 * 1024 * 1024;
/** Width of a line of base64: far below the longest line that any shell or terminal takes. */
const lineBytes = 57 * 16;

/**
 * Commands beside a job's scripts, in a place where a driver runs scripts and nothing else: no input, and an output
 * that passes through whatever the driver is made of. Both travel as base64 in the script itself and between marks in
 * what it prints. Needs `sh`, `base64`, and what the command needs.
 */
export const commandByScript =
  (run: RunScript, folder: string): RunCommand =>
  async (command, { stdin, onStdout, signal = new AbortController().signal } = {}) => {
    const first = await pieceOf(stdin);
    if (first === undefined || first.rest === undefined) {
      return ask(run, framed(command.map(quote).join(' '), first?.bytes), { onStdout, signal });
    }
    const path = `${folder}/harrier-${randomBytes(6).toString('hex')}`;
    try {
      let append = `mkdir -p ${quote(folder)} && (umask 077; cat >${quote(path)})`;
      for (let piece: Piece | undefined = first; piece !== undefined; piece = await piece.rest?.()) {
        await must(run, framed(append, piece.bytes), signal);
        append = `cat >>${quote(path)}`;
      }
      return await ask(run, framed(`${command.map(quote).join(' ')} <${quote(path)}`), { onStdout, signal });
    } finally {
      await must(run, framed(`rm -f ${quote(path)}`), new AbortController().signal).catch(() => {});
    }
  };

interface Piece {
  readonly bytes: Buffer;
  /** Undefined: that was all. */
  readonly rest?: () => Promise<Piece | undefined>;
}

const pieceOf = async (input: Readable | Buffer | undefined): Promise<Piece | undefined> => {
  if (input === undefined) return undefined;
  const pieces = piecesOf(Buffer.isBuffer(input) ? [input] : input);
  const next = async (): Promise<Buffer | undefined> => {
    const { value, done } = await pieces.next();
    return done === true ? undefined : value;
  };
  // One ahead, so that the last one is known as such.
  const withNext = async (bytes: Buffer): Promise<Piece> => {
    const following = await next();
    return following === undefined ? { bytes } : { bytes, rest: () => withNext(following) };
  };
  return withNext((await next()) ?? Buffer.alloc(0));
};

async function* piecesOf(input: Readable | readonly Buffer[]): AsyncGenerator<Buffer, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk as Buffer);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const part = bytes.subarray(at, at + pieceBytes);
      if (size > 0 && size + part.length > pieceBytes) {
        yield Buffer.concat(waiting);
        waiting = [];
        size = 0;
      }
      waiting.push(part);
      size += part.length;
    }
  }
  if (size > 0) yield Buffer.concat(waiting);
  return undefined;
}

const must = async (run: RunScript, script: Framed, signal: AbortSignal): Promise<void> => {
  const { code, stderr } = await ask(run, script, { signal });
  if (code !== 0) throw new Error(stderr || `exit code ${code}`);
};

interface Framed {
  readonly mark: string;
  readonly text: string;
}

/**
 * The script: the command's output between marks, then what it said and its exit code. A bash that is given its script
 * by a pipe reads it byte by byte, a megabyte a second: there the input is read past it.
 */
const framed = (command: string, input?: Buffer): Framed => {
  const mark = `@harrier-${randomBytes(9).toString('hex')}`;
  const text = [
    // A blank line first: the driver may have printed half a line of its own.
    `printf '\\n%s\\n' '${mark} begin'`,
    `command -v base64 >/dev/null 2>&1 || { printf '%s\\n' '${mark} none'; exit 0; }`,
    // Old macOS has another letter for it.
    'd=-d; printf YQ== | base64 -d >/dev/null 2>&1 || d=-D',
    'r() {',
    'exec 5>&1',
    `t=$( { { i | { ${command}; } 2>&4; printf '\\nexit %s' "$?" >&4; } | base64 >&5; } 4>&1 )`,
    `printf '%s\\n' '${mark} said'`,
    'printf %s "$t" | base64',
    `printf '%s\\n' '${mark} end'`,
    '}',
    ...(input === undefined ? ['i() { :; }', 'r'] : withInput(input)),
    '',
  ].join('\n');
  return { mark, text };
};

const withInput = (input: Buffer): string[] => [
  `if [ -n "\${BASH_VERSION-}" ] && [ -z "\${BASH_EXECUTION_STRING-}" ] && eval '[ -z "\${BASH_SOURCE[0]-}" ]'; then`,
  `i() { sed -n "1,/HARRIER_INPUT'$/d;/^HARRIER_INPUT$/q;p" | base64 $d; }`,
  'r',
  'exit 0',
  'fi',
  'i() {',
  "base64 $d <<'HARRIER_INPUT'",
  ...linesOf(input),
  'HARRIER_INPUT',
  '}',
  'r',
];

const linesOf = (bytes: Buffer): string[] =>
  Array.from({ length: Math.ceil(bytes.length / lineBytes) }, (_, index) =>
    bytes.toString('base64', index * lineBytes, (index + 1) * lineBytes),
  );

const ask = async (
  run: RunScript,
  { mark, text }: Framed,
  {
    onStdout,
    signal,
  }: { readonly onStdout?: ((data: Buffer) => Promise<void> | undefined) | undefined; readonly signal: AbortSignal },
): Promise<CommandResult> => {
  const stream = createUnframer(mark, (data) => onStdout?.(data));
  let stderr = '';
  const exit = await run(text, {
    signal,
    onOutput: (name, chunk) => {
      if (name === 'stdout') return stream.write(Buffer.from(chunk));
      stderr = (stderr + Buffer.from(chunk).toString()).slice(-2000);
      return undefined;
    },
  });
  signal.throwIfAborted();
  const said = stream.end();
  if (said === 'none')
    throw new Error('the place where the driver runs scripts has no base64, which files need to travel');
  if (said === undefined || exit.code !== 0)
    throw new Error(`the driver lost what a script for files printed (exit code ${exit.code}): ${stderr.trim()}`);
  const [, words = '', code = ''] = /^([\s\S]*)\nexit (\d+)$/.exec(said.text) ?? [];
  return { code: code === '' ? null : Number(code), stderr: words.trim() };
};
