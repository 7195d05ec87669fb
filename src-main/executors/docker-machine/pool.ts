import { randomBytes } from 'node:crypto';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { messageOf } from '../../../src-shared/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { countOf, hasRoom, type MachineState, toCreate, toRemove } from './policy.ts';
import { createRemoval } from './removal.ts';
import { type MachineSettings, readSettings } from './settings.ts';
import type { MachineTool } from './tool.ts';

export interface PoolDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly tool: MachineTool;
  readonly ending: AbortSignal;
  /** Of the runner; names its machines. */
  readonly shortToken: string;
  readonly onRemoved: (machine: string) => void;
}
export interface Machine {
  readonly name: string;
  state: MachineState;
  uses: number;
  lastUsedMs: number;
  /** When its engine was last seen to answer. */
  reachedMs: number | undefined;
}
/** A right to one machine, for one job. */
export interface Claim {
  /** A free machine, or one that is created for this claim. The same one each time. */
  machine(signal: AbortSignal): Promise<Machine>;
  release(): void;
}
/** The machines of one runner entry. */
export interface MachinePool {
  /** Brings the pool in line with the settings first. A text: why no job can be taken now. */
  acquire(runner: RunnerConfig): Promise<Claim | string>;
  /** Machines with nothing to do, in no particular order. */
  idle(): readonly Machine[];
  remove(machine: Machine, reason: string): Promise<void>;
  /** Settles when nothing is being created or removed. */
  quiet(): Promise<void>;
  /** No timer wakes it any more. */
  end(): void;
}

/** An engine that has answered is not asked again for this time. */
const reachedForMs = 5 * 60_000;
const creationTries = 3;
const creationPauseMs = 1000;
/** How often the pool looks after itself, and for how long after somebody has last asked for a machine. */
const careMs = 10_000;
const careForMs = 2 * 60_000;

export const createPool = ({ clock, log, tool, ending, shortToken, onRemoved }: PoolDeps): MachinePool => {
  const machines = new Map<string, Machine>();
  const work = new Set<Promise<void>>();
  const removeMachine = createRemoval({ tool, clock, log, ending });
  /** Claims that have no machine yet: each will be one. */
  let promised = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let runner: RunnerConfig = {};
  let askedMs = 0;
  let cancelCare: (() => void) | undefined;
  let ended = false;

  const settings = (): MachineSettings => readSettings(runner, clock.now());
  const facts = () => [
    ...machines.values(),
    ...Array.from({ length: promised }, () => ({ state: 'acquired' as const, uses: 0, lastUsedMs: clock.now() })),
  ];
  const watched = (task: Promise<void>): Promise<void> => {
    work.add(task);
    return task.finally(() => work.delete(task));
  };
  /** One after the other: what one sees must not change under it. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const next = turn.then(step, step);
    turn = next.catch(() => {});
    return next;
  };

  const findMachines = async (): Promise<void> => {
    const ours = namesOf(shortToken, settings().name);
    const names = (await tool.list()).filter((name) => ours.test(name));
    // One that an earlier run has left may have done any work.
    for (const name of names)
      if (!machines.has(name))
        machines.set(name, { name, state: 'idle', uses: 1, lastUsedMs: clock.now(), reachedMs: undefined });
    for (const [name, { state }] of machines) if (state === 'idle' && !names.includes(name)) machines.delete(name);
  };
  const create = async (machine: Machine): Promise<void> => {
    log.info('Creating a machine', { machine: machine.name });
    try {
      await tool.create(machine.name, settings());
    } catch (error) {
      log.error('A machine could not be created', { machine: machine.name, error: messageOf(error) });
      void remove(machine, 'it could not be created');
      throw error;
    }
  };
  const add = (state: MachineState): Machine => {
    const name = newName(shortToken, settings().name, clock.now());
    const machine: Machine = { name, state, uses: 0, lastUsedMs: clock.now(), reachedMs: undefined };
    machines.set(name, machine);
    return machine;
  };
  const addIdle = async (): Promise<void> => {
    const machine = add('creating');
    await create(machine);
    if (machine.state !== 'creating') return;
    machine.state = 'idle';
    machine.lastUsedMs = clock.now();
  };
  const remove = (machine: Machine, reason: string): Promise<void> => {
    if (machine.state === 'removing') return Promise.resolve();
    log.info('Removing a machine', { machine: machine.name, reason });
    machine.state = 'removing';
    return watched(
      removeMachine(machine.name, settings().maxRemovalAttempts).finally(() => {
        machines.delete(machine.name);
        onRemoved(machine.name);
      }),
    );
  };
  const balance = (): void => {
    if (ended) return;
    for (const { machine, reason } of toRemove(settings(), facts(), clock.now()))
      if ('name' in machine) void remove(machine, reason);
    for (let left = toCreate(settings(), facts()); left > 0; left -= 1) void watched(addIdle().catch(() => {}));
  };
  /** As long as somebody asks for machines; then those that wait are left as they are, as by the official runner. */
  const care = (): void => {
    cancelCare?.();
    if (ended || clock.now() - askedMs > careForMs) return;
    cancelCare = clock.after(
      careMs,
      () =>
        void inTurn(async () => findMachines().then(balance))
          .catch(() => {})
          .finally(care),
      { unref: true },
    );
  };

  /** The one that worked last and answers; those that do not answer go. */
  const takeIdle = async (): Promise<Machine | undefined> => {
    const waiting = [...machines.values()].filter(({ state }) => state === 'idle');
    for (const machine of waiting.sort((a, b) => b.lastUsedMs - a.lastUsedMs)) {
      // Meanwhile nobody else may take it.
      machine.state = 'acquired';
      if (await answers(machine)) return machine;
      void remove(machine, 'machine is unavailable');
    }
    return undefined;
  };
  const answers = async (machine: Machine): Promise<boolean> => {
    if (machine.reachedMs !== undefined && clock.now() - machine.reachedMs < reachedForMs) return true;
    try {
      await tool.reach(machine.name);
      machine.reachedMs = clock.now();
      return true;
    } catch (error) {
      log.warn('A machine does not answer', { machine: machine.name, error: messageOf(error) });
      return false;
    }
  };
  const createFor = async (signal: AbortSignal): Promise<Machine> => {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const free = await inTurn(takeIdle);
      if (free !== undefined) return free;
      const machine = add('acquired');
      try {
        await watched(create(machine));
        machine.reachedMs = clock.now();
        return machine;
      } catch (error) {
        if (attempt >= creationTries) throw error;
        await clock.sleep(creationPauseMs, signal);
      }
    }
  };

  const claim = (found: Machine | undefined): Claim => {
    let getting = found && Promise.resolve(found);
    let released = false;
    if (found === undefined) promised += 1;
    const settle = (): void => {
      if (found === undefined && getting === undefined) promised -= 1;
    };
    return {
      async machine(signal) {
        if (getting === undefined) {
          settle();
          getting = createFor(signal);
          getting.catch(() => {
            // A later try of the same job makes another one.
            promised += 1;
            getting = undefined;
          });
        }
        const machine = await getting;
        if (machine.state === 'acquired') {
          machine.state = 'used';
          machine.uses += 1;
        }
        return machine;
      },
      release() {
        if (released) return;
        released = true;
        settle();
        void getting?.then(
          (machine) => giveBack(machine),
          () => {},
        );
      },
    };
  };
  const giveBack = (machine: Machine): void => {
    if (machine.state === 'removing') return;
    machine.state = 'idle';
    machine.lastUsedMs = clock.now();
    balance();
  };

  return {
    acquire: (entry) =>
      inTurn(async () => {
        runner = entry;
        askedMs = clock.now();
        if (cancelCare === undefined) care();
        await findMachines();
        balance();
        const machine = await takeIdle();
        if (machine !== undefined) return claim(machine);
        const now = settings();
        if (now.idle.count === 0 && hasRoom(now, countOf(facts()))) return claim(undefined);
        return 'no free machines that can process builds';
      }),
    idle: () => [...machines.values()].filter(({ state }) => state === 'idle'),
    remove,
    async quiet() {
      while (work.size > 0) await Promise.allSettled([...work]);
    },
    end() {
      ended = true;
      cancelCare?.();
    },
  };
};

const prefixOf = (shortToken: string): string => `runner-${shortToken.toLowerCase().replace(/[^-a-z0-9]/g, '')}-`;
const newName = (shortToken: string, format: string, nowMs: number): string =>
  prefixOf(shortToken) + format.replace('%s', `${Math.floor(nowMs / 1000)}-${randomBytes(4).toString('hex')}`);

/** Names that `newName` makes. */
const namesOf = (shortToken: string, format: string): RegExp => {
  const [before = '', ...after] = format.split('%s').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${prefixOf(shortToken)}${before}\\d+-[0-9a-f]{8}${after.join('%s')}$`);
};
