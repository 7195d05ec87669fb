import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What the machine runs on. `unknown`: it has no battery that it tells of, or nobody here can ask. */
export type PowerState = 'mains' | 'battery' | 'unknown';

const answerWithinMs = 5000;

/** Asks the system: the kernel's list on Linux, `pmset` on macOS. Windows tells it to the desktop app only. */
export async function readPower(platform: NodeJS.Platform, folder = '/sys/class/power_supply'): Promise<PowerState> {
  if (platform === 'linux') return readSupplies(folder);
  if (platform !== 'darwin') return 'unknown';
  const { stdout } = await promisify(execFile)('pmset', ['-g', 'batt'], { timeout: answerWithinMs });
  if (!stdout.includes('InternalBattery')) return 'unknown';
  return stdout.includes("'Battery Power'") ? 'battery' : 'mains';
}

/** Without a battery of the machine itself (those of mice and keyboards have the scope `Device`) it is no question. */
async function readSupplies(folder: string): Promise<PowerState> {
  const names = await readdir(folder).catch(() => []);
  const supplies = await Promise.all(
    names.map(async (name) => {
      const read = (file: string): Promise<string> =>
        readFile(join(folder, name, file), 'utf8').then(
          (text) => text.trim(),
          () => '',
        );
      const [type, scope, status, online] = await Promise.all(['type', 'scope', 'status', 'online'].map(read));
      return { type, scope, status, online };
    }),
  );
  const batteries = supplies.filter(({ type, scope }) => type === 'Battery' && scope !== 'Device');
  if (batteries.length === 0) return 'unknown';
  const isFed = supplies.some(({ type, online }) => type !== 'Battery' && online === '1');
  return !isFed && batteries.some(({ status }) => status === 'Discharging') ? 'battery' : 'mains';
}
