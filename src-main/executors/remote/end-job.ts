import type { RunCommand } from '../posix/command.ts';

/** In the environment of everything that a job starts; its value is the job's mark. */
export const labelName = 'HARRIER_JOB';

/**
 * Ends everything that bears a job's mark: the groups of the loops (their command lines hold it) and, on Linux, whatever
 * has left them (it is in the environment). The mark comes through stdin, so that this command does not find itself.
 */
const script = [
  'read -r m',
  'ps -A -o pgid= -o args= 2>/dev/null | while read -r g a; do',
  '  case $a in *"$m"*) kill -KILL "-$g" 2>/dev/null ;; esac',
  'done',
  // Twice, since one may just be forking another.
  'for i in 1 2; do',
  `  l=$(grep -lsF "${labelName}=$m" /proc/[0-9]*/environ)`,
  '  [ -n "$l" ] || break',
  '  for f in $l; do',
  '    f=${f#/proc/}',
  '    kill -KILL "${f%/environ}" 2>/dev/null',
  '  done',
  'done',
  'exit 0',
].join('\n');

export const endJob = async (run: RunCommand, mark: string): Promise<void> =>
  void (await run(['sh', '-c', script], { stdin: Buffer.from(`${mark}\n`) }));
