import { HarrierError } from '../../src-shared/errors.ts';
import type { Health } from '../../src-shared/health.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';
import { callControl, holderOf } from '../config/index.ts';
import { configPathOf } from './context.ts';

interface Status {
  readonly state: string;
  readonly stateText: string;
  readonly health: Health;
  readonly pid: number;
  readonly runners: readonly { name: string; state: string; reason?: string; running: number }[];
  readonly jobs: readonly { id: number; name: string; project: string; phase?: string }[];
}

/** `harrier status`: 0 it runs, 1 nothing runs or something is wrong. */
export async function status(input: Parsed): Promise<number> {
  const answer = (await callControl(configPathOf(input), 'status')) as Status;
  const { problems, disk } = answer.health;
  const code = problems.length > 0 ? 1 : 0;
  if (input.boolean('json')) {
    process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    return code;
  }
  const lines = [
    `${answer.stateText} (process ${answer.pid})`,
    ...problems.map((problem) => `  problem: ${problem}`),
    ...answer.runners.map(({ name: title, state, reason, running }) => {
      const jobs = running > 0 ? `, ${running} running` : '';
      return `  ${title}: ${state}${jobs}${reason !== undefined ? ` (${reason})` : ''}`;
    }),
    ...(disk !== undefined ? [`  disk: ${mebibytes(disk.freeBytes)} free, ${mebibytes(disk.floorBytes)} needed`] : []),
    ...answer.jobs.map(({ id, name: title, project, phase }) => `  job ${id} ${project} ${title}: ${phase ?? ''}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return code;
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`;

export const pause = (input: Parsed): Promise<number> => tell('pause', input);
export const resume = (input: Parsed): Promise<number> => tell('resume', input);

async function tell(call: 'pause' | 'resume', input: Parsed): Promise<number> {
  const [runner] = input.rest;
  await callControl(configPathOf(input), call, runner !== undefined ? { runner } : {});
  const who = runner ?? 'Every runner';
  process.stdout.write(
    call === 'pause'
      ? `${who} takes no new jobs until \`harrier resume\`; running ones go on.\n`
      : `${who} takes jobs again.\n`,
  );
  return 0;
}

/** `harrier drain`: running jobs finish, then the engine ends. With `--wait` the command stays until then. */
export async function drain(input: Parsed): Promise<number> {
  const path = configPathOf(input);
  await callControl(path, 'drain');
  if (input.boolean('wait')) await untilGone(path, Number.POSITIVE_INFINITY);
  return 0;
}

/** `harrier stop`: ends the running jobs and reports them; the command stays until the engine is gone. */
export async function stop(input: Parsed): Promise<number> {
  const path = configPathOf(input);
  await callControl(path, 'stop');
  await untilGone(path, longestStopMs);
  return 0;
}

const longestStopMs = 60_000;
const lookMs = 50;

/** Waits until no process holds the config file's lock. */
export async function untilGone(path: string, longestMs: number): Promise<void> {
  const start = systemClock.monotonic();
  while ((await holderOf(path)) !== undefined) {
    if (systemClock.monotonic() - start > longestMs)
      throw new HarrierError('ENGINE_RUNNING', `the engine of ${path} has not ended within ${longestMs / 1000} s`);
    await systemClock.sleep(lookMs);
  }
}
