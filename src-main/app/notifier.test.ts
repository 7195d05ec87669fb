import { beforeEach, describe, expect, it } from 'vitest';
import type { JobView, Note, RunnerView } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import { createNotifier, type Notifier } from './notifier.ts';

/** Time that only moves when told. */
const createTime = () => {
  let now = 1_000_000;
  let timers: { at: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
    sleep: async () => {},
  };
  return {
    clock,
    pass(ms: number) {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers = timers.filter((each) => each !== timer);
        timer.run();
      }
    },
  };
};
const job = (name: string, state: JobView['state'] = 'failed'): JobView =>
  ({ key: `r-${name}`, name, project: 'a/b', state, message: 'Exit code 1 in script' }) as JobView;
const runner = (next: Partial<RunnerView> = {}): RunnerView =>
  ({ key: 'r', name: 'desk', url: 'https://g.example', state: 'idle', ...next }) as RunnerView;

let time = createTime();
let notes: Note[] = [];
let on = true;
let notifier: Notifier;
beforeEach(() => {
  time = createTime();
  notes = [];
  on = true;
  notifier = createNotifier({ clock: time.clock, isOn: () => on, deliver: (note) => notes.push(note) });
});
const titles = () => notes.map(({ title }) => title);

describe('ends of jobs', () => {
  it.each([
    { level: 'all' as const, told: ['a passed', 'b failed', 'c failed, which is allowed', 'd was canceled'] },
    { level: 'failures' as const, told: ['b failed'] },
    { level: 'none' as const, told: [] },
  ])('$level', ({ level, told }) => {
    for (const each of [job('a', 'passed'), job('b'), job('c', 'warning'), job('d', 'canceled')]) {
      notifier.jobEnded(each, level);
      time.pass(11_000);
    }
    expect(titles()).toEqual(told);
  });

  it('a failure says why and leads to its log', () => {
    notifier.jobEnded(job('b'), 'failures');
    expect(notes).toEqual([
      { id: 'note-1', level: 'failure', title: 'b failed', body: 'a/b: Exit code 1 in script', link: '#/jobs/r-b' },
    ]);
  });

  it('a failure of the runner itself is told as one: an engine that is gone', () => {
    notifier.jobEnded(
      { ...job('b'), failureReason: 'runner_system_failure', message: 'no container engine answers' },
      'failures',
    );
    expect(notes).toMatchObject([
      { title: 'b failed: the runner, not the script', body: 'a/b: no container engine answers' },
    ]);
  });

  it('more than three in ten seconds become one', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      notifier.jobEnded(job(name, name === 'e' ? 'failed' : 'passed'), 'all');
    expect(titles()).toEqual(['a passed', 'b passed', 'c passed']);
    time.pass(9000);
    notifier.jobEnded(job('f'), 'all');
    expect(notes).toHaveLength(3);
    time.pass(1000);
    expect(notes.slice(3)).toMatchObject([
      { title: '3 more jobs ended, 2 failed', body: 'd, e, f', link: '#/jobs/r-e', level: 'failure' },
    ]);
    notifier.jobEnded(job('g'), 'all');
    expect(titles().at(-1)).toBe('g failed');
  });

  it('a fourth alone is told as itself', () => {
    for (const name of ['a', 'b', 'c', 'd']) notifier.jobEnded(job(name), 'all');
    time.pass(10_000);
    expect(titles()).toEqual(['a failed', 'b failed', 'c failed', 'd failed']);
  });

  it('nothing is told until a person has agreed', () => {
    on = false;
    notifier.jobEnded(job('a'), 'all');
    notifier.runners([runner()]);
    notifier.runners([runner({ trouble: 'refused' })]);
    expect(notes).toEqual([]);
  });
});

describe('runners and servers', () => {
  it('what was so at the start is not told; a new trouble is, once', () => {
    notifier.runners([runner({ trouble: 'refused', reason: '403' }), runner({ key: 's', name: 'other' })]);
    expect(notes).toEqual([]);
    const refused = [
      runner({ trouble: 'refused' }),
      runner({ key: 's', name: 'other', trouble: 'refused', reason: '403' }),
    ];
    notifier.runners(refused);
    notifier.runners(refused);
    expect(notes).toMatchObject([
      { title: 'other: GitLab refuses this runner', body: '403', link: '#/runners/s', level: 'failure' },
    ]);
  });

  it.each([
    { trouble: 'held' as const, title: 'desk takes no jobs' },
    { trouble: 'config' as const, title: 'desk has a mistake in config.toml' },
  ])('$trouble', ({ trouble, title }) => {
    notifier.runners([runner()]);
    notifier.runners([runner({ trouble })]);
    expect(titles()).toEqual([title]);
  });

  it('a server is told as away after a minute, and as back after that; a moment is nothing', () => {
    notifier.runners([runner()]);
    const away = [runner({ trouble: 'unreachable' }), runner({ key: 's', name: 'second', trouble: 'unreachable' })];
    notifier.runners(away);
    time.pass(30_000);
    notifier.runners([runner(), runner({ key: 's', name: 'second' })]);
    expect(notes).toEqual([]);
    notifier.runners(away);
    time.pass(59_000);
    expect(notes).toEqual([]);
    time.pass(1000);
    expect(titles()).toEqual(['desk: g.example does not answer', 'second: g.example does not answer']);
    time.pass(600_000);
    notifier.runners(away);
    notifier.runners([runner({ state: 'stopped' }), runner({ key: 's', name: 'second', state: 'paused' })]);
    expect(notes).toHaveLength(2);
    notifier.runners([runner(), runner({ key: 's', name: 'second' })]);
    expect(titles().slice(2)).toEqual(['g.example answers again']);
  });

  it('nothing comes after the end', () => {
    notifier.runners([runner()]);
    notifier.runners([runner({ trouble: 'unreachable' })]);
    for (const name of ['a', 'b', 'c', 'd']) notifier.jobEnded(job(name), 'all');
    notifier.close();
    time.pass(100_000);
    expect(notes).toHaveLength(3);
  });
});
