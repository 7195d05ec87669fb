import type { PreparedJob } from './context.ts';

/** Runs a command line in the project directory of the helper environment and gives its stdout (`git ls-files`). */
export const captureCommand = async (
  { environment, shell, directories, variables }: PreparedJob,
  signal: AbortSignal,
  command: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: Buffer }> => {
  const writer = shell.createWriter({
    posixEscapes: false,
    exitCodeCheck: false,
    legacyEval: false,
    asFile: variables.flag('FF_DISABLE_POWERSHELL_STDIN'),
  });
  writer.changeDirectory(directories.project);
  writer.command(command, ...args);
  const chunks: Buffer[] = [];
  const exit = await environment.run(writer.finish(), {
    stage: 'capture',
    where: 'helper',
    signal,
    onOutput: (stream, chunk) => {
      if (stream === 'stdout') chunks.push(Buffer.from(chunk));
      return undefined;
    },
  });
  return { code: exit.code, stdout: Buffer.concat(chunks) };
};
