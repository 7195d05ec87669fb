import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

const enoughBytes = 8 * 1024 * 1024;

/**
 * Lets the room for young objects grow to what the start needs (two halves of 4 MB) and no further; to be called when a
 * job begins and while much goes on, since V8 shrinks it while nothing does. V8 would let it grow to three times 16 MB as
 * soon as many jobs run, and a fork takes longer the more memory a process has touched.
 */
export function boundYoungGeneration(): void {
  // The flag is the whole program's; what counts are the young objects of the main thread.
  if (!isMainThread) return;
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  setFlagsFromString(`--semi-space-growth-factor=${(young?.space_size ?? 0) < enoughBytes ? 2 : 1}`);
}

/** What one piece of a long work has left behind. */
export interface Litter {
  /** Of buffers. */
  readonly bytes?: number;
  /** Entries of a list that were made, looked at and dropped. */
  readonly entries?: number;
}

/**
 * Answers a function to call for every piece of a long stream or list. V8 collects by its own reckoning, in which buffers
 * that came from threads count for little and a heap may double before anything old is looked at: some 64 MB of used
 * buffers, and as much of dead entries, would lie about. A collection of the young every few megabytes takes about a
 * millisecond, one of everything some twenty, every few thousand entries. Without the collector at hand it does nothing.
 */
export function createSweep(): (litter: Litter) => void {
  let bytes = 0;
  let entries = 0;
  return (litter) => {
    bytes += litter.bytes ?? 0;
    entries += litter.entries ?? 0;
    const isMuch = entries >= everyEntries;
    if (!isMuch && bytes < everyBytes) return;
    bytes = 0;
    if (isMuch) entries = 0;
    boundYoungGeneration();
    collector()?.(isMuch);
  };
}

const everyBytes = 4 * 1024 * 1024;
const everyEntries = 5000;
type Collect = (all: boolean) => void;
let known: { readonly collect: Collect | undefined } | undefined;

function collector(): Collect | undefined {
  if (known) return known.collect;
  try {
    setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('gc');
    // Without an argument everything is collected; some versions of V8 take any argument for "the young only".
    const collect = (all: boolean) =>
      void Reflect.apply(found as () => void, undefined, all ? [] : [{ type: 'minor' }]);
    known = { collect: typeof found === 'function' ? collect : undefined };
  } catch {
    known = { collect: undefined };
  }
  return known.collect;
}
