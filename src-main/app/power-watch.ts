import type { Clock } from '../base/clock.ts';
import type { PowerState } from '../base/power.ts';

/** What the machine runs on, looked at again and again. */
export interface PowerWatch {
  readonly state: PowerState;
  /** Looks now. */
  look(): Promise<PowerState>;
  start(): void;
  stop(): void;
}

const everyMs = 30_000;
/** While a pause waits for the mains. */
const whileWaitedMs = 5000;

export function watchPower(deps: {
  readonly clock: Clock;
  readonly read: () => Promise<PowerState>;
  readonly isWaited: () => boolean;
  readonly onChange: () => void;
}): PowerWatch {
  let state: PowerState = 'unknown';
  let cancel = (): void => {};
  let on = false;
  const look = async (): Promise<PowerState> => {
    const now = await deps.read().catch(() => 'unknown' as const);
    if (!on) return now;
    if (now !== state) {
      state = now;
      deps.onChange();
    }
    cancel();
    cancel = deps.clock.after(deps.isWaited() ? whileWaitedMs : everyMs, () => void look(), { unref: true });
    return now;
  };
  return {
    get state() {
      return state;
    },
    look,
    start() {
      if (on) return;
      on = true;
      void look();
    },
    stop() {
      on = false;
      cancel();
    },
  };
}
