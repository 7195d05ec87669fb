import type { IdleSettings, MachineSettings } from './settings.ts';

export type MachineState = 'idle' | 'acquired' | 'creating' | 'used' | 'removing';
/** What the policy looks at. */
export interface MachineFacts {
  readonly state: MachineState;
  /** Jobs so far. */
  readonly uses: number;
  readonly lastUsedMs: number;
}
export type Counts = Readonly<Record<MachineState, number>>;

export const countOf = (machines: readonly MachineFacts[]): Counts => {
  const counts = { idle: 0, acquired: 0, creating: 0, used: 0, removing: 0 };
  for (const { state } of machines) counts[state] += 1;
  return counts;
};

const totalOf = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Whether so many machines that are free, or will be, are as many as are wanted. */
const isEnough = ({ count, min, factor }: IdleSettings, { idle, acquired, creating, used }: Counts): boolean => {
  const available = idle + acquired + creating;
  if (available >= count) return true;
  return factor > 0 && available >= Math.max(min, 1) && available >= Math.floor(used * factor);
};

/** Whether there is room for one more machine at all. */
export const hasRoom = ({ limit }: MachineSettings, counts: Counts): boolean => limit === 0 || totalOf(counts) < limit;

/** How many machines to create now, so that enough wait (spec/executors.md 7.1). */
export const toCreate = (settings: MachineSettings, machines: readonly MachineFacts[]): number => {
  const { maxGrowthRate, idle } = settings;
  let counts = countOf(machines);
  let number = 0;
  while (
    !isEnough(idle, counts) &&
    hasRoom(settings, counts) &&
    (maxGrowthRate === 0 || counts.creating < maxGrowthRate)
  ) {
    counts = { ...counts, creating: counts.creating + 1 };
    number += 1;
  }
  return number;
};

/**
 * The waiting machines that are to go, each with the reason. Those that worked last are kept first: a machine is judged by
 * what would be there without it.
 */
export const toRemove = <Machine extends MachineFacts>(
  settings: MachineSettings,
  machines: readonly Machine[],
  nowMs: number,
): { readonly machine: Machine; readonly reason: string }[] => {
  const { idle, limit, maxBuilds } = settings;
  let counts = countOf(machines.filter(({ state }) => state !== 'idle'));
  const removed: { machine: Machine; reason: string }[] = [];
  const waiting = machines.filter(({ state }) => state === 'idle').sort((a, b) => b.lastUsedMs - a.lastUsedMs);
  for (const machine of waiting) {
    const reason =
      maxBuilds > 0 && machine.uses >= maxBuilds
        ? 'too many builds'
        : limit > 0 && totalOf(counts) >= limit
          ? 'too many machines'
          : nowMs - machine.lastUsedMs > idle.timeMs && isEnough(idle, counts)
            ? 'too many idle machines'
            : undefined;
    if (reason === undefined) counts = { ...counts, idle: counts.idle + 1 };
    else {
      counts = { ...counts, removing: counts.removing + 1 };
      removed.push({ machine, reason });
    }
  }
  return removed;
};
