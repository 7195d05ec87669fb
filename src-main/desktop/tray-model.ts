import type { EngineSnapshot, JobView } from '../../src-shared/ipc.ts';

/** What the tray shows, as data: the Electron part only draws it. */
export interface TrayModel {
  readonly icon: 'stopped' | 'idle' | 'busy' | 'draining' | 'paused' | 'trouble';
  /** Running jobs, drawn into the icon where there is room; 0 shows none. */
  readonly count: number;
  readonly tooltip: string;
  readonly menu: readonly TrayItem[];
}
export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'action'; readonly label: string; readonly action: TrayAction }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] };
export type TrayAction =
  | { readonly do: 'open' | 'start' | 'drain' | 'stop' | 'resume' | 'quit' }
  | { readonly do: 'pause'; readonly until: 'resumed' | 'hour' | 'tomorrow' | 'pluggedIn' }
  | { readonly do: 'openJob'; readonly job: string };

/**
 * TR1 to TR3: state as a word first, the same words as in the window; everything can be done with the menu alone,
 * since Linux may show neither icon changes nor clicks.
 */
export function trayModel(snapshot: EngineSnapshot): TrayModel {
  const running = snapshot.jobs.filter((job) => job.state === 'running');
  const lastFailed = snapshot.jobs.find((job) => job.state === 'failed');
  return {
    icon: snapshot.state,
    count: running.length,
    tooltip: `Harrier: ${snapshot.stateText}`,
    menu: [
      { kind: 'text', label: snapshot.stateText },
      { kind: 'separator' },
      { kind: 'action', label: 'Open Harrier', action: { do: 'open' } },
      ...(running.length > 0
        ? [{ kind: 'submenu' as const, label: `Running jobs (${running.length})`, items: running.map(jobItem) }]
        : []),
      ...(lastFailed
        ? [
            {
              kind: 'action' as const,
              label: `Last failed: ${jobLabel(lastFailed)}`,
              action: { do: 'openJob' as const, job: lastFailed.key },
            },
          ]
        : []),
      { kind: 'separator' },
      ...controls(snapshot),
      { kind: 'separator' },
      { kind: 'action', label: 'Quit Harrier', action: { do: 'quit' } },
    ],
  };
}

function controls(snapshot: EngineSnapshot): TrayItem[] {
  const item = (label: string, what: 'start' | 'drain' | 'stop' | 'resume'): TrayItem => ({
    kind: 'action',
    label,
    action: { do: what },
  });
  const pause: TrayItem = {
    kind: 'submenu',
    label: 'Pause',
    items: [
      { kind: 'action', label: 'Until I resume', action: { do: 'pause', until: 'resumed' } },
      { kind: 'action', label: 'For 1 h', action: { do: 'pause', until: 'hour' } },
      { kind: 'action', label: 'Until tomorrow, 08:00', action: { do: 'pause', until: 'tomorrow' } },
      // Only while it means something.
      ...(snapshot.power === 'battery'
        ? [
            {
              kind: 'action' as const,
              label: 'Until plugged in',
              action: { do: 'pause' as const, until: 'pluggedIn' as const },
            },
          ]
        : []),
    ],
  };
  switch (snapshot.state) {
    case 'stopped':
      return [item('Start', 'start')];
    case 'draining':
      return [item('Stop now', 'stop')];
    case 'paused':
      return [item('Resume', 'resume'), item('Stop', 'stop')];
    default:
      return snapshot.running > 0
        ? [pause, item('Finish jobs, then stop', 'drain'), item('Stop now', 'stop')]
        : [pause, item('Stop', 'stop')];
  }
}

const jobLabel = (job: JobView): string => `${job.name} · ${job.project}`;
const jobItem = (job: JobView): TrayItem => ({
  kind: 'action',
  label: jobLabel(job),
  action: { do: 'openJob', job: job.key },
});

/** When a pause ends, in ms since 1970; undefined: when a person resumes (RUN3). */
export function pauseEnd(until: 'resumed' | 'hour' | 'tomorrow' | 'pluggedIn', nowMs: number): number | undefined {
  if (until === 'resumed' || until === 'pluggedIn') return undefined;
  if (until === 'hour') return nowMs + 3_600_000;
  const day = new Date(nowMs);
  day.setDate(day.getDate() + 1);
  return day.setHours(8, 0, 0, 0);
}
