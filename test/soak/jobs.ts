import { join } from 'node:path';
import type { JobSpec } from '../support/coordinator/index.ts';
import type { Random } from './random.ts';

/** A job of the soak: what it is asked to do, and what must come of it when nobody disturbs it. */
export interface SoakJob {
  readonly spec: JobSpec;
  readonly lines: number;
  /** Zero: it ends green. */
  readonly exitCode: number;
  /** The page cancels it once it has printed its first line. */
  readonly canceled: boolean;
  /** Where it notes when it printed each of its lines (microseconds), if it does. */
  readonly progress?: string;
}

/** Every printed line, so that the account can tell a lost one from a doubled one. */
export const lineOf = (number: number): string => `soak ${number}`;
const markName = 'SOAK_MARK';

const quick = (lines: number): string => `seq -f 'soak %.0f' 1 ${lines}`;
/** One line at a time, noted in a file before the next one. */
const slow = (lines: number, pause: string, progress: string): string =>
  `for i in $(seq 1 ${lines}); do echo "soak $i"; echo "$EPOCHREALTIME" >> '${progress}'; sleep ${pause}; done`;

/** A mix of what jobs do: print little, much, slowly; fail; leave daemons behind; be canceled. */
export function createJob(random: Random, number: number, { mark, folder }: { mark: string; folder: string }): SoakJob {
  const chance = random.next();
  const job = (script: readonly string[], lines: number, more: Partial<SoakJob> = {}): SoakJob => ({
    spec: { script, variables: [{ key: markName, value: mark }] },
    lines,
    exitCode: 0,
    canceled: false,
    ...more,
  });
  const slowly = (more: Partial<SoakJob> = {}, before: readonly string[] = []): SoakJob => {
    const [progress, lines] = [join(folder, String(number)), random.between(5, 30)];
    return job([...before, slow(lines, `0.${random.between(5, 25).toString().padStart(2, '0')}`, progress)], lines, {
      progress,
      ...more,
    });
  };
  if (chance < 0.1) return slowly();
  if (chance < 0.13) return slowly({}, ['setsid sleep 600 >/dev/null 2>&1 &', '( sleep 600 & ) ; nohup sleep 600 &']);
  if (chance < 0.15) return slowly({ canceled: true });
  const lines = chance < 0.18 ? random.between(20_000, 150_000) : random.between(1, 400);
  if (chance < 0.3) {
    const exitCode = random.between(1, 200);
    return job([quick(lines), `exit ${exitCode}`], lines, { exitCode });
  }
  return job([quick(lines)], lines);
}
