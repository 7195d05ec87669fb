import type { BuildLog } from '../../../base/build-log.ts';
import type { Clock } from '../../../base/clock.ts';
import type { PullProgress } from '../engine/types.ts';

/** A pull that takes longer says how far it is, this often; a quick one says nothing (the official one never does). */
const everyMs = 10_000;
/** A window hears of it more often. */
const showEveryMs = 250;

/** Turns the engine's many progress lines into a few of the job's log. */
export function createProgress({
  log,
  clock,
  onDetail,
}: {
  readonly log: BuildLog;
  readonly clock: Clock;
  readonly onDetail: ((key: string, value: string) => void) | undefined;
}): (progress: PullProgress) => void {
  const layers = new Map<string, { current: number; total: number; done: boolean }>();
  let said = clock.monotonic();
  let shown = said;
  return ({ status, layer, current, total }) => {
    if (layer === undefined) return;
    const known = layers.get(layer) ?? { current: 0, total: 0, done: false };
    layers.set(layer, known);
    if (status === 'Downloading') {
      known.current = current ?? known.current;
      known.total = total ?? known.total;
    }
    if (status === 'Pull complete' || status === 'Already exists') known.done = true;
    const now = clock.monotonic();
    if (now - shown < showEveryMs) return;
    shown = now;
    const all = [...layers.values()];
    const done = all.filter((each) => each.done).length;
    const got = all.reduce((sum, each) => sum + each.current, 0);
    const of = all.reduce((sum, each) => sum + each.total, 0);
    const text = `${done} of ${all.length} layers, ${megabytes(got)} of ${megabytes(of)} downloaded`;
    onDetail?.('pull', text);
    if (now - said < everyMs) return;
    said = now;
    log.plain(`Pulled ${text} ...`);
  };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
