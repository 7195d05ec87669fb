import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { Client } from '../../src-shared/ipc.ts';
import type { EngineSlice, EngineStore } from './engine-store.ts';
import type { Prefs, PrefsStore } from './prefs.ts';

/** What every view may use: calls, the engine's state, this window's own preferences. */
export interface Harrier {
  readonly client: Client;
  readonly store: EngineStore;
  readonly prefs: PrefsStore;
}
export const HarrierContext = createContext<Harrier | undefined>(undefined);

export function useHarrier(): Harrier {
  const harrier = use(HarrierContext);
  if (harrier === undefined) throw new Error('outside of HarrierContext');
  return harrier;
}
export const useEngine = <T>(select: (state: EngineSlice) => T): T => useStore(useHarrier().store, select);
export const usePrefs = <T>(select: (state: Prefs) => T): T => useStore(useHarrier().prefs, select);
