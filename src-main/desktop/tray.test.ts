import type { Menu, MenuItemConstructorOptions, NativeImage } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import type { EngineSnapshot, JobView } from '../../src-shared/ipc.ts';
import { mayQuit } from './quit.ts';
import { createTrayView, iconName } from './tray.ts';
import { pauseEnd, type TrayItem, trayModel } from './tray-model.ts';

const job = (key: string, state: JobView['state']): JobView => ({
  key,
  id: 1,
  name: `job ${key}`,
  stage: 'test',
  project: 'group/project',
  ref: 'main',
  sha: '',
  runner: 'r',
  runnerName: 'r',
  executor: 'shell',
  state,
  startedMs: 0,
  timeoutSeconds: 60,
  traceBytes: 0,
  stages: [],
  details: {},
});
const snapshot = (state: EngineSnapshot['state'], jobs: JobView[] = []): EngineSnapshot => ({
  version: '0',
  state,
  stateText: `State ${state}`,
  configRevision: 'r',
  concurrent: 1,
  running: jobs.filter((one) => one.state === 'running').length,
  health: { problems: [], links: [], executors: [] },
  runners: [],
  jobs,
  pipelines: [],
  terminals: [],
  kept: [],
  notices: [],
  host: { kind: 'electron', platform: 'linux', canPickFolder: true },
});
const labels = (items: readonly TrayItem[]): string[] =>
  items.map((item) => (item.kind === 'separator' ? '-' : item.label));

describe('tray', () => {
  it.each([
    { state: 'stopped' as const, jobs: [], menu: ['Start'] },
    { state: 'idle' as const, jobs: [], menu: ['Pause', 'Stop'] },
    { state: 'busy' as const, jobs: [job('a', 'running')], menu: ['Pause', 'Finish jobs, then stop', 'Stop now'] },
    { state: 'draining' as const, jobs: [job('a', 'running')], menu: ['Stop now'] },
    { state: 'paused' as const, jobs: [], menu: ['Resume', 'Stop'] },
    { state: 'trouble' as const, jobs: [], menu: ['Pause', 'Stop'] },
  ])('TR2: $state offers what can be done then', ({ state, jobs, menu }) => {
    const shown = labels(trayModel(snapshot(state, jobs)).menu);
    expect(shown.slice(0, 3)).toEqual([`State ${state}`, '-', 'Open Harrier']);
    expect(shown.slice(-menu.length - 2)).toEqual([...menu, '-', 'Quit Harrier']);
  });

  it('RUN3: a pause is for an hour, until tomorrow, or until somebody resumes', () => {
    const now = new Date(2026, 10, 25, 14, 9).getTime();
    expect(pauseEnd('resumed', now)).toBeUndefined();
    expect(pauseEnd('hour', now)).toBe(now + 3_600_000);
    expect(pauseEnd('tomorrow', now)).toBe(new Date(2026, 10, 26, 8).getTime());
    const pause = trayModel(snapshot('idle')).menu.find((item) => item.kind === 'submenu');
    expect(pause?.kind === 'submenu' ? labels(pause.items) : []).toEqual([
      'Until I resume',
      'For 1 h',
      'Until tomorrow, 08:00',
    ]);
  });

  it('running jobs and the last failure open their logs', () => {
    const model = trayModel(snapshot('busy', [job('a', 'running'), job('b', 'failed'), job('c', 'failed')]));
    expect(model.menu).toContainEqual({
      kind: 'submenu',
      label: 'Running jobs (1)',
      items: [{ kind: 'action', label: 'job a · group/project', action: { do: 'openJob', job: 'a' } }],
    });
    expect(model.menu).toContainEqual({
      kind: 'action',
      label: 'Last failed: job b · group/project',
      action: { do: 'openJob', job: 'b' },
    });
  });

  it('counts 1 to 9 are drawn, more is a plus', () => {
    expect([1, 9, 10].map((count) => iconName({ icon: 'busy', count }))).toEqual(['busy1', 'busy9', 'busy']);
    expect(iconName({ icon: 'paused', count: 3 })).toBe('paused');
  });

  it('TR3: a change sets the whole menu anew, the same state does not; a click does what the row says', () => {
    const tray = { setImage: vi.fn(), setToolTip: vi.fn(), setContextMenu: vi.fn() };
    let template: MenuItemConstructorOptions[] = [];
    const menu = { buildFromTemplate: (items: MenuItemConstructorOptions[]) => (template = items) as unknown as Menu };
    const actions: unknown[] = [];
    const view = createTrayView({
      tray,
      menu: menu as unknown as typeof Menu,
      image: (name) => name as unknown as NativeImage,
      onAction: (action) => actions.push(action),
    });
    view.show(trayModel(snapshot('idle')));
    view.show(trayModel(snapshot('idle')));
    expect(tray.setContextMenu).toHaveBeenCalledTimes(1);
    view.show(trayModel(snapshot('stopped')));
    expect(tray.setContextMenu).toHaveBeenCalledTimes(2);
    for (const item of template) if (item.label === 'Start') (item.click as unknown as () => void)();
    expect(actions).toEqual([{ do: 'start' }]);
  });
});

describe('quit (RUN2)', () => {
  const ask = vi.fn();
  const run = async (running: boolean, choice: string | undefined, osShutdown = false) => {
    const stops: string[] = [];
    ask.mockReset().mockResolvedValue(choice);
    const allowed = await mayQuit({
      snapshot: snapshot('busy', running ? [job('a', 'running')] : []),
      osShutdown,
      ask,
      stop: async (mode) => void stops.push(mode),
    });
    return { allowed, stops, asked: ask.mock.calls.length };
  };
  it('nothing runs: no question', async () =>
    expect(await run(false, undefined)).toEqual({ allowed: true, stops: ['now'], asked: 0 }));
  it('finish drains', async () =>
    expect(await run(true, 'finish')).toEqual({ allowed: true, stops: ['drain'], asked: 1 }));
  it('cancel stops now', async () =>
    expect(await run(true, 'cancelJobs')).toEqual({ allowed: true, stops: ['now'], asked: 1 }));
  it('stay does nothing', async () => expect(await run(true, 'stay')).toEqual({ allowed: false, stops: [], asked: 1 }));
  it('an OS shutdown does not ask', async () =>
    expect(await run(true, undefined, true)).toEqual({ allowed: true, stops: ['now'], asked: 0 }));
});
