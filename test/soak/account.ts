import { existsSync, readFileSync } from 'node:fs';
import type { TestJob } from '../support/coordinator/index.ts';
import { lineOf, type SoakJob } from './jobs.ts';

/**
 * A line that was on its way through a pipe when the process was killed may be lost; one so old may not, however long
 * this machine made the process wait for its turn or for the disk.
 */
const onItsWayMicros = 5_000_000;

/** One SIGKILL: when (ms since 1970), and how many lines of each running job, by its id, Harrier had in its files. */
export interface Kill {
  readonly atMs: number;
  readonly kept: ReadonlyMap<number, number>;
}

/**
 * What is wrong with one job at the end, in sentences. A job that no kill met must have ended as it was asked to,
 * with every byte; one that a kill met must have one final answer, and its log must hold what was kept before the kill.
 */
export function accountOf(job: TestJob, asked: SoakJob, kills: readonly Kill[]): string[] {
  const problems: string[] = [];
  const say = (text: string): void => void problems.push(`job ${job.id}: ${text}`);
  const acknowledged = job.states.includes('running');
  if (!acknowledged) return [`job ${job.id}: was never acknowledged (${job.states.join(', ')})`];
  const finals = job.updates.filter(({ state }) => state !== 'running');
  if (finals.length !== 1) say(`${finals.length} final answers were taken`);
  if (new Set(job.finals.map(essence)).size > 1) say(`different final answers: ${job.finals.map(essence).join(' | ')}`);
  if (finals.length === 1 && !job.checksumFits) say('size or checksum of the final answer do not fit the log');
  const [final] = finals;
  const wasKilled = final?.['failure_reason'] === 'runner_system_failure';
  const printed = linesOf(job.trace);
  // The kill may have cut the last line; one that is whole counts.
  const [last, whole] = [printed.at(-1) ?? '', lineOf(printed.length)];
  if (wasKilled && last !== whole && whole.startsWith(last)) printed.pop();
  if (printed.some((line, index) => line !== lineOf(index + 1))) say('lines of the log are lost or doubled');
  if (wasKilled) {
    if (!/Harrier ended while this job was running/.test(job.trace)) say('the log does not say what happened');
    if (count(job.trace, 'Harrier ended while') > 1) say('the log says twice what happened');
    const kept = Math.max(0, ...kills.map((kill) => kill.kept.get(job.id) ?? 0));
    if (printed.length < kept) say(`${kept} lines were kept before the kill, ${printed.length} are in the log`);
    const needed = printedBefore(asked, kills);
    if (printed.length < needed) say(`${needed} lines were printed before the kill, ${printed.length} are in the log`);
  } else if (asked.canceled) {
    if (final?.['state'] === 'failed' && final['failure_reason'] !== 'job_canceled') say(`ended ${essence(final)}`);
  } else {
    if (printed.length !== asked.lines) say(`${asked.lines} lines were printed, ${printed.length} are in the log`);
    const state = asked.exitCode === 0 ? 'success' : 'failed';
    if (final?.['state'] !== state) say(`should be ${state}, is ${essence(final ?? {})}`);
    if (asked.exitCode !== 0 && final?.['exit_code'] !== asked.exitCode) say(`exit code ${final?.['exit_code']}`);
  }
  return problems;
}

/** The whole lines of a log that the job printed. */
export const linesOf = (log: string): string[] => log.match(/^soak \d+(?=\n)/gm) ?? [];

const count = (text: string, part: string): number => text.split(part).length - 1;

const essence = ({ state, failure_reason, exit_code, checksum, output }: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([state, failure_reason, exit_code, checksum, output]);

/** Lines that the job itself noted as printed long enough before the kill that ended it. */
function printedBefore({ progress }: SoakJob, kills: readonly Kill[]): number {
  if (progress === undefined || !existsSync(progress)) return 0;
  const times = readFileSync(progress, 'utf8').split('\n').filter(Boolean).map(microsOf);
  const [first = 0] = times;
  const kill = kills.map(({ atMs }) => atMs * 1000).find((micros) => micros > first);
  return kill === undefined ? 0 : times.filter((micros) => micros < kill - onItsWayMicros).length;
}
const microsOf = (text: string): number => Number(text.replace(/[.,]/, ''));
