import { isInPeriod } from '../../../src-shared/config/periods.ts';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { JobFailure } from '../types.ts';

/** How many machines wait for jobs (spec/executors.md 7.1). */
export interface IdleSettings {
  readonly count: number;
  /** At least one when there is a factor. */
  readonly min: number;
  /** Machines that wait for each one at work; 0: `count` alone says it. */
  readonly factor: number;
  readonly timeMs: number;
}
export interface MachineSettings {
  readonly driver: string;
  /** With `%s`. */
  readonly name: string;
  readonly options: readonly string[];
  readonly optionsWithName: readonly string[];
  /** As it counts at this moment. */
  readonly idle: IdleSettings;
  readonly maxBuilds: number;
  readonly maxGrowthRate: number;
  readonly maxRemovalAttempts: number;
  /** Most machines; 0: any number. */
  readonly limit: number;
}

const defaultRemovalAttempts = 30;

/** `[runners.machine]` as it counts at a moment. Throws a configuration error without a name for machines. */
export const readSettings = ({ machine, limit }: RunnerConfig, nowMs: number): MachineSettings => {
  const name = machine?.MachineName ?? '';
  if (machine === undefined || !name.includes('%s'))
    throw new JobFailure('runner_configuration_error', 'missing Machine options');
  const now = new Date(nowMs);
  const period = (machine.autoscaling ?? []).findLast(({ Periods = [], Timezone }) =>
    Periods.some((pattern) => isInPeriod(pattern, Timezone, now)),
  );
  return {
    driver: machine.MachineDriver ?? '',
    name,
    options: machine.MachineOptions ?? [],
    optionsWithName: machine.MachineOptionsWithName ?? [],
    idle: idleOf(period ?? machine),
    maxBuilds: atLeastZero(machine.MaxBuilds),
    maxGrowthRate: atLeastZero(machine.MaxGrowthRate),
    maxRemovalAttempts: atLeastZero(machine.MaxRemovalAttempts) || defaultRemovalAttempts,
    limit: atLeastZero(limit),
  };
};

const idleOf = (from: NonNullable<RunnerConfig['machine']>): IdleSettings => {
  const factor = atLeastZero(from.IdleScaleFactor);
  return {
    count: atLeastZero(from.IdleCount),
    min: Math.max(atLeastZero(from.IdleCountMin), factor > 0 ? 1 : 0),
    factor,
    timeMs: atLeastZero(from.IdleTime) * 1000,
  };
};

const atLeastZero = (value: number | undefined): number => Math.max(value ?? 0, 0);
