import { randomBytes } from 'node:crypto';
import type { PreparedJob } from './context.ts';
import type { Captured } from './transfer/types.ts';

/**
 * Runs a command line in the project directory of the helper environment and gives what it prints (`git ls-files`).
 * What a login profile prints on stdout comes before the mark and is left out.
 */
export const captureCommand = async (
  { environment, shell, directories, variables }: PreparedJob,
  { stage, signal }: { readonly stage: string; readonly signal: AbortSignal },
  command: string,
  args: readonly string[],
): Promise<Captured> => {
  const writer = shell.createWriter({
    posixEscapes: false,
    exitCodeCheck: false,
    legacyEval: false,
    asFile: variables.flag('FF_DISABLE_POWERSHELL_STDIN'),
  });
  const mark = `harrier-${randomBytes(8).toString('hex')}`;
  writer.changeDirectory(directories.project);
  writer.print(mark);
  writer.command(command, ...args);
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  const exit = await environment.run(writer.finish(), {
    stage,
    where: 'helper',
    signal,
    onOutput: (stream, chunk) => {
      (stream === 'stdout' ? chunks : errors).push(Buffer.from(chunk));
      return undefined;
    },
  });
  const all = Buffer.concat(chunks);
  const begin = all.indexOf(mark + shell.lineEnd);
  return {
    code: exit.code,
    stderr: Buffer.concat(errors),
    stdout: begin < 0 ? Buffer.alloc(0) : all.subarray(begin + mark.length + shell.lineEnd.length),
  };
};
