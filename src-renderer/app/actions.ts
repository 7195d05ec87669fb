import { useCallback, useMemo, useState } from 'react';
import type { CallInput, CallName, CallOutput } from '../../src-shared/ipc.ts';
import { useEngine, useHarrier } from './harrier.ts';
import { type Trouble, troubleOf } from './wire-failure.ts';

/** One call as a button makes it: busy while it runs, its trouble kept until the next try. */
export interface Action<N extends CallName> {
  readonly busy: boolean;
  readonly trouble: Trouble | undefined;
  /** Gives the answer, or undefined when it failed; `trouble` then says why. */
  run(input: CallInput<N>): Promise<CallOutput<N> | undefined>;
  clear(): void;
}

export function useAction<N extends CallName>(name: N): Action<N> {
  const { client } = useHarrier();
  const connected = useEngine((state) => state.connection === 'open');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const run = useCallback(
    async (input: CallInput<N>): Promise<CallOutput<N> | undefined> => {
      setBusy(true);
      setTrouble(undefined);
      try {
        return await client.call(name, input);
      } catch (error) {
        setTrouble(troubleOf(error));
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    [client, name],
  );
  // Once the connection is back, its loss is no trouble any more.
  const shown = connected && trouble?.code === 'CONNECTION_LOST' ? undefined : trouble;
  const clear = useCallback(() => setTrouble(undefined), []);
  return useMemo(() => ({ busy, trouble: shown, run, clear }), [busy, shown, run, clear]);
}
