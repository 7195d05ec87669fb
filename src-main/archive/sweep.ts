import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Answers a function to call for every piece of a long stream. Buffers that came from threads count for little in V8's
 * own reckoning: it lets some 64 MB of used ones lie about. A collection of the young ones (about a millisecond) every
 * few megabytes keeps the memory of a 1 GB archive flat. Without the collector at hand it does nothing.
 */
export function createSweep(): (bytes: number) => void {
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < everyBytes) return;
    since = 0;
    collector()?.({ type: 'minor' });
  };
}

const everyBytes = 8 * 1024 * 1024;
type Collect = (options: { type: 'minor' }) => void;
let known: { readonly collect: Collect | undefined } | undefined;

function collector(): Collect | undefined {
  if (known) return known.collect;
  try {
    setFlagsFromString('--expose-gc');
    const found: unknown = runInNewContext('gc');
    known = {
      collect: typeof found === 'function' ? (options) => void Reflect.apply(found, undefined, [options]) : undefined,
    };
  } catch {
    known = { collect: undefined };
  }
  return known.collect;
}
