import type { EngineSnapshot } from '../../src-shared/ipc.ts';

/** What Dock, taskbar and launcher show beside the icon. */
export interface BadgeModel {
  /** Running jobs; 0 shows nothing. */
  readonly count: number;
  /** Taskbar's bar: none, moving while jobs are finished before a stop, red in trouble. */
  readonly progress: { readonly value: number; readonly mode: 'none' | 'indeterminate' | 'error' };
}

/** How far a job is cannot be known, so the bar never pretends a share. */
export function badgeModel(snapshot: Pick<EngineSnapshot, 'state' | 'running'>): BadgeModel {
  const { state, running } = snapshot;
  if (state === 'draining') return { count: running, progress: { value: 2, mode: 'indeterminate' } };
  if (state === 'trouble') return { count: running, progress: { value: 1, mode: 'error' } };
  return { count: running, progress: { value: -1, mode: 'none' } };
}

/** Applies what changed, and nothing else: systems redraw at each call. */
export function createBadge(apply: {
  readonly count: (count: number) => void;
  readonly progress: (value: number, mode: BadgeModel['progress']['mode']) => void;
}): { show(model: BadgeModel): void } {
  let shown: BadgeModel | undefined;
  return {
    show(model) {
      if (shown?.count !== model.count) apply.count(model.count);
      if (shown?.progress.mode !== model.progress.mode) apply.progress(model.progress.value, model.progress.mode);
      shown = model;
    },
  };
}
