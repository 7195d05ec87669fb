import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isRunning } from '../base/process.ts';

/** Seconds by which two ways to tell a start time may differ. */
const tolerance = 3;

/** Tells a process from a later one with the same number: `t<ticks since boot>` on Linux, else `e<seconds since 1970>`. */
export async function startOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => ''),
      readFile(`/proc/${pid}/stat`, 'latin1').catch(() => ''),
    ]);
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks !== undefined ? `t${ticks}-${boot.slice(0, 8)}` : '-';
  }
  if (pid === process.pid) return `e${Math.round(performance.timeOrigin / 1000)}`;
  const seconds = await askSystem(pid);
  return seconds !== undefined && Number.isFinite(seconds) ? `e${Math.round(seconds)}` : '-';
}

/** Is this process there, and the one that began at `start`? Unknown starts count as the same. */
export async function isAlive(pid: number, start: string): Promise<boolean> {
  if (!isRunning(pid)) return false;
  const now = await startOf(pid);
  if (now[0] !== start[0] || now === '-' || start === '-') return now === '-' || start === '-';
  return now[0] === 'e' ? Math.abs(Number(now.slice(1)) - Number(start.slice(1))) <= tolerance : now === start;
}

/** Seconds since 1970 at which a process began, from the system's own tools. */
async function askSystem(pid: number): Promise<number | undefined> {
  const [program, args] =
    process.platform === 'win32'
      ? [
          'powershell',
          [
            '-NoProfile',
            '-Command',
            `[int64](Get-Process -Id ${pid}).StartTime.ToUniversalTime().Subtract([datetime]'1970-01-01').TotalSeconds`,
          ],
        ]
      : ['ps', ['-o', 'lstart=', '-p', String(pid)]];
  const said = await promisify(execFile)(program as string, args as string[], {
    timeout: 10_000,
    windowsHide: true,
    env: { ...process.env, LC_ALL: 'C' },
  }).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  if (said === '') return undefined;
  return process.platform === 'win32' ? Number(said) : Date.parse(said) / 1000;
}
