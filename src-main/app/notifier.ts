import type { JobView, Note, RunnerView } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';

export interface NotifierDeps {
  readonly clock: Clock;
  /** A person has agreed to be told (ON4: off until then). */
  readonly isOn: () => boolean;
  readonly deliver: (note: Note) => void;
}

/** Decides what a person is told of outside of what they look at (NOT1, NOT2). */
export interface Notifier {
  jobEnded(job: JobView, level: RunnerView['notify']): void;
  /** The runners as they are now; what changed since the last time is told. */
  runners(now: readonly RunnerView[]): void;
  close(): void;
}

/** More than so many within the window are told as one. */
const mostSingle = 3;
const windowMs = 10_000;
/** A server that is away for a moment is nothing to tell. */
const awayMs = 60_000;

interface Seen {
  readonly trouble: RunnerView['trouble'];
  readonly name: string;
  /** Since when its server has not answered, and whether that was told. */
  readonly awaySince?: number;
  readonly wasTold?: boolean;
}

export function createNotifier({ clock, isOn, deliver }: NotifierDeps): Notifier {
  let number = 0;
  let single: number[] = [];
  let gathered: JobView[] = [];
  let cancelGather = (): void => {};
  let seen: Map<string, Seen> | undefined;
  let cancelAway = (): void => {};
  let latest: readonly RunnerView[] = [];

  const tell = (note: Omit<Note, 'id'>): void => {
    if (isOn()) deliver({ id: `note-${(number += 1)}`, ...note });
  };
  const flush = (): void => {
    const jobs = gathered;
    gathered = [];
    const [only] = jobs;
    if (only !== undefined) tell(jobs.length === 1 ? jobNote(only) : groupNote(jobs));
  };

  const look = (now: readonly RunnerView[]): void => {
    const before = seen;
    const next = new Map<string, Seen>();
    const back = new Set<string>();
    let nextAway = Number.POSITIVE_INFINITY;
    for (const runner of now) {
      const was = before?.get(runner.key);
      const entry = seenOf(runner, was, clock.now());
      if (before === undefined) {
        next.set(runner.key, entry);
        continue;
      }
      const isNew = runner.trouble !== undefined && runner.trouble !== was?.trouble;
      const isAway = entry.awaySince !== undefined && !entry.wasTold;
      const due = isAway && clock.now() - (entry.awaySince ?? 0) >= awayMs;
      if (isAway && !due) nextAway = Math.min(nextAway, awayMs - (clock.now() - (entry.awaySince ?? 0)));
      if (due || (isNew && runner.trouble !== 'unreachable')) tell(runnerNote(runner));
      if (was?.wasTold && isAsking(runner)) back.add(hostOf(runner.url));
      next.set(runner.key, due ? { ...entry, wasTold: true } : entry);
    }
    for (const host of back)
      tell({ level: 'info', title: `${host} answers again`, body: 'Jobs are asked for as before.', link: '#/runners' });
    seen = next;
    cancelAway();
    if (Number.isFinite(nextAway)) cancelAway = clock.after(nextAway, () => look(latest), { unref: true });
  };

  return {
    jobEnded(job, level = 'failures') {
      if (level === 'none' || (level === 'failures' && job.state !== 'failed') || job.state === 'skipped') return;
      const now = clock.now();
      single = single.filter((at) => now - at < windowMs);
      if (single.length < mostSingle && gathered.length === 0) {
        single.push(now);
        return tell(jobNote(job));
      }
      if (gathered.length === 0) {
        cancelGather();
        cancelGather = clock.after(windowMs - (now - (single[0] ?? now)), flush, { unref: true });
      }
      gathered.push(job);
    },
    runners(now) {
      latest = now;
      look(now);
    },
    close() {
      cancelGather();
      cancelAway();
    },
  };
}

function seenOf(runner: RunnerView, was: Seen | undefined, nowMs: number): Seen {
  const entry = { trouble: runner.trouble, name: runner.name };
  // While nobody asks, it is not known whether the server is back.
  if (runner.trouble !== 'unreachable' && (isAsking(runner) || !was?.wasTold)) return entry;
  return { ...entry, awaySince: was?.awaySince ?? nowMs, ...(was?.wasTold ? { wasTold: true } : {}) };
}

const isAsking = ({ state, trouble }: RunnerView): boolean =>
  trouble === undefined && (state === 'idle' || state === 'busy');

const words: Readonly<Record<JobView['state'], string>> = {
  waiting: 'is waiting',
  running: 'is running',
  passed: 'passed',
  failed: 'failed',
  warning: 'failed, which is allowed',
  canceled: 'was canceled',
  skipped: 'was skipped',
};

/** An engine that is gone, a disk that is full: the person at this machine has to look, not the one who wrote the script. */
const isRunnersFault = ({ state, failureReason }: JobView): boolean =>
  state === 'failed' && failureReason === 'runner_system_failure';

/** A failed log opens at its first problem by itself. */
const jobNote = (job: JobView): Omit<Note, 'id'> => ({
  level: job.state === 'failed' ? 'failure' : 'info',
  title: `${job.name} ${isRunnersFault(job) ? 'failed: the runner, not the script' : words[job.state]}`,
  body: [job.project, job.state === 'failed' ? job.message : undefined].filter(Boolean).join(': '),
  link: `#/jobs/${encodeURIComponent(job.key)}`,
});

function groupNote(jobs: readonly JobView[]): Omit<Note, 'id'> {
  const failed = jobs.filter(({ state }) => state === 'failed');
  const [first] = failed;
  return {
    level: failed.length > 0 ? 'failure' : 'info',
    title: `${jobs.length} more jobs ended${failed.length > 0 ? `, ${failed.length} failed` : ''}`,
    body: [...new Set(jobs.map(({ name }) => name))].slice(0, 4).join(', '),
    link: first !== undefined ? `#/jobs/${encodeURIComponent(first.key)}` : '#/jobs',
  };
}

function runnerNote(runner: RunnerView): Omit<Note, 'id'> {
  const titles: Readonly<Record<NonNullable<RunnerView['trouble']>, string>> = {
    refused: `${runner.name}: GitLab refuses this runner`,
    unreachable: `${runner.name}: ${hostOf(runner.url)} does not answer`,
    held: `${runner.name} takes no jobs`,
    config: `${runner.name} has a mistake in config.toml`,
  };
  return {
    level: 'failure',
    title: titles[runner.trouble ?? 'held'],
    body: runner.reason ?? '',
    link: `#/runners/${encodeURIComponent(runner.key)}`,
  };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
