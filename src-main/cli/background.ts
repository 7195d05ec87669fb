import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';
import { callControl, holderOf, loadConfig } from '../config/index.ts';
import { configPathOf } from './context.ts';
import { stop } from './control.ts';

const longestStartMs = 15_000;
const lookMs = 50;

/** `harrier start`: `harrier run` in the background, its log in `harrier.log` beside the config file. */
export async function start(input: Parsed): Promise<number> {
  const path = configPathOf(input);
  const running = await holderOf(path);
  if (running !== undefined) {
    process.stdout.write(`Harrier runs already (process ${running})\n`);
    return 0;
  }
  // A broken file is told here, not in a log that nobody looks at.
  await loadConfig(path, process.env);
  const logPath = join(dirname(path), 'harrier.log');
  const log = await open(logPath, 'a', 0o600);
  const folder = input.text('working-directory');
  const child = spawn(
    process.execPath,
    [process.argv[1] ?? '', 'run', '--config', path, ...(folder !== undefined ? ['--working-directory', folder] : [])],
    { detached: true, stdio: ['ignore', log.fd, log.fd], windowsHide: true },
  );
  const ended = { yet: false };
  child.once('exit', () => (ended.yet = true)).once('error', () => (ended.yet = true));
  await log.close();
  const begun = systemClock.monotonic();
  while (!(await answers(path))) {
    if (ended.yet || systemClock.monotonic() - begun > longestStartMs)
      throw new HarrierError('ENGINE_NOT_RUNNING', `Harrier did not start; ${logPath} says why`, {
        hint: 'Run `harrier run` to see it at once.',
      });
    await systemClock.sleep(lookMs);
  }
  child.unref();
  process.stdout.write(`Harrier runs (process ${child.pid}); its log is ${logPath}\n`);
  return 0;
}

/** `harrier restart`: `stop` when something runs, then `start`. */
export async function restart(input: Parsed): Promise<number> {
  if ((await holderOf(configPathOf(input))) !== undefined) await stop(input);
  return start(input);
}

const answers = (path: string): Promise<boolean> =>
  callControl(path, 'status').then(
    () => true,
    () => false,
  );
