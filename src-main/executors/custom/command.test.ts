import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { createFiles } from '../posix/files.ts';
import { commandByScript, type RunScript } from './command.ts';
import { createUnframer } from './unframe.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'command-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A driver's way to run a script: the file as an argument, or as input; `noise`: what it says itself. */
const runWith =
  (way: 'argument' | 'input' | 'pipe', shell: string, noise = ''): RunScript =>
  (script, { onOutput }) => {
    const path = join(root, 'script');
    writeFileSync(path, script);
    const input = way === 'input' ? openSync(path, 'r') : undefined;
    const args = { argument: [path], input: [], pipe: ['-c', `cat '${path}' | ${shell}`] };
    const child = spawn(shell, args[way], { stdio: [input ?? 'ignore', 'pipe', 'pipe'] });
    if (input !== undefined) closeSync(input);
    void onOutput('stdout', Buffer.from(noise));
    child.stdout?.on('data', (chunk: Buffer) => void onOutput('stdout', chunk));
    child.stderr?.on('data', (chunk: Buffer) => void onOutput('stderr', chunk));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code })));
  };

describeWith(['bash', 'posix'], 'commands in scripts of a driver', () => {
  it.each([
    { way: 'argument' as const, shell: 'bash' },
    { way: 'input' as const, shell: 'bash' },
    { way: 'pipe' as const, shell: 'bash' },
    { way: 'input' as const, shell: 'sh' },
    { way: 'pipe' as const, shell: 'sh' },
  ])('$shell, script as $way: input, output, words and code', async ({ way, shell }) => {
    const run = commandByScript(runWith(way, shell, 'Connecting...'), join(root, 'tmp'));
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    const got: Buffer[] = [];
    const result = await run(['sh', '-c', 'cat; echo "it\'s $1" >&2; exit 7', 'sh', 'two words'], {
      stdin: Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]),
      onStdout: (data) => void got.push(Buffer.from(data)),
    });
    expect(result).toEqual({ code: 7, stderr: "it's two words" });
    expect(Buffer.concat(got).equals(bytes)).toBe(true);
    expect(await run(['true'])).toEqual({ code: 0, stderr: '' });
  });

  it('an input that is longer than a script should be goes by a file, which is removed', async () => {
    const run = commandByScript(runWith('argument', 'bash'), join(root, 'tmp'));
    const piece = Buffer.alloc(5 * 1024 * 1024, 'harrier ');
    const { code } = await run(['sh', '-c', 'cat >"$1"', 'sh', join(root, 'out')], {
      stdin: Readable.from([piece, piece, piece]),
    });
    expect(code).toBe(0);
    expect(readFileSync(join(root, 'out')).equals(Buffer.concat([piece, piece, piece]))).toBe(true);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('all operations on files', async () => {
    const files = createFiles(commandByScript(runWith('input', 'sh'), join(root, 'tmp')), { openUmask: false });
    const path = join(root, 'a b', 'f');
    await files.writeFile(path, Readable.from([Buffer.from('\0\xFF\n', 'latin1')]), { mode: 0o640 });
    expect(await files.stat(path)).toMatchObject({ kind: 'file', sizeBytes: 3, mode: 0o640 });
    expect((await buffer((await files.readFile(path)) ?? Readable.from([]))).toString('latin1')).toBe('\0\xFF\n');
    const tar = await buffer(await files.readTar(join(root, 'a b'), ['f']));
    await files.writeTar(join(root, 'c'), Readable.from([tar]));
    expect(readFileSync(join(root, 'c', 'f'), 'latin1')).toBe('\0\xFF\n');
    await files.remove(join(root, 'c'));
    expect(existsSync(join(root, 'c'))).toBe(false);
    expect(await files.readFile(join(root, 'c', 'f'))).toBeUndefined();
  });

  it('a place without base64 says so', async () => {
    const bare: RunScript = (script, options) =>
      runWith('argument', 'sh')(`command() { return 1; }\n${script}`, options);
    await expect(commandByScript(bare, root)(['true'])).rejects.toThrow('has no base64');
  });

  it('a driver that loses what is printed is told with its own words', async () => {
    const deaf: RunScript = async (_script, { onOutput }) => {
      void onOutput('stderr', Buffer.from('no route to host\n'));
      return { code: 0 };
    };
    await expect(commandByScript(deaf, root)(['true'])).rejects.toThrow(/lost what .*no route to host/);
  });
});

describe('the frame', () => {
  const mark = '@harrier-1';
  const text = (end: string, middle = ''): string =>
    [
      'noise',
      `${mark} begin`,
      Buffer.from('hello ').toString('base64').slice(0, 4),
      `${Buffer.from('hello ').toString('base64').slice(4)}${middle}`,
      `${mark} said`,
      Buffer.from('warn\nexit 0').toString('base64'),
      `${mark} end`,
      'more noise',
    ].join(end);
  const read = (pieces: readonly string[]): { output: string; end: unknown } => {
    let output = '';
    const unframer = createUnframer(mark, (data) => {
      output += data.toString();
      return undefined;
    });
    for (const piece of pieces) void unframer.write(Buffer.from(piece));
    return { output, end: unframer.end() };
  };

  it.each(['\n', '\r\n'])('may be cut anywhere (line end %j)', (end) => {
    const whole = text(end);
    for (let at = 0; at <= whole.length; at += 1)
      expect(read([whole.slice(0, at), whole.slice(at)])).toEqual({
        output: 'hello ',
        end: { text: 'warn\nexit 0' },
      });
    expect(read([...whole])).toEqual({ output: 'hello ', end: { text: 'warn\nexit 0' } });
  });

  it('tells when something is mixed in, or cut off', () => {
    expect(read([text('\n', '\nwarning: x')]).end).toBeUndefined();
    expect(read([text('\n').slice(0, 60)]).end).toBeUndefined();
  });
});
