import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  Client,
  EngineSnapshot,
  JobView,
  KeptView,
  PipelineView,
  RunnerView,
  SnapshotPatch,
  TerminalView,
} from '../../src-shared/ipc.ts';
import { applyPatch, type EngineData, type EngineFacts, fromSnapshot } from './engine-state.ts';
import type { Trouble } from './wire-failure.ts';

export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused';

/** The engine as the window knows it. Only snapshot and patches write; the window holds no truth of its own. */
export interface EngineSlice {
  readonly connection: ConnectionState;
  /** Absent until the first snapshot. */
  readonly data: EngineData | undefined;
  /** What went wrong with something that has no place of its own in the window (a command of the palette). */
  readonly trouble: Trouble | undefined;
  setTrouble(trouble: Trouble | undefined): void;
  setConnection(connection: ConnectionState): void;
  reset(snapshot: EngineSnapshot): void;
  apply(patch: SnapshotPatch): void;
}
export type EngineStore = StoreApi<EngineSlice>;

export const createEngineStore = (): EngineStore =>
  createStore<EngineSlice>()((set) => ({
    connection: 'connecting',
    data: undefined,
    trouble: undefined,
    setTrouble: (trouble) => set({ trouble }),
    setConnection: (connection) => set({ connection }),
    reset: (snapshot) => set({ data: fromSnapshot(snapshot), connection: 'open' }),
    apply: (patch) => set((state) => (state.data === undefined ? state : { data: applyPatch(state.data, patch) })),
  }));

/** Keeps the store fed: a fresh snapshot at each connection, patches after it. What comes before it is older. */
export function feedEngineStore(store: EngineStore, client: Client): () => void {
  let fresh = false;
  const ends = [
    client.on('state.patch', (patch) => {
      if (fresh) store.getState().apply(patch);
    }),
    client.onConnection((connected) => {
      fresh = false;
      if (!connected) return store.getState().setConnection('lost');
      void client.call('engine.snapshot', {}).then(
        (snapshot) => {
          store.getState().reset(snapshot);
          fresh = true;
        },
        // The connection broke meanwhile; the next one asks again.
        () => store.getState().setConnection('lost'),
      );
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const noRunners: readonly RunnerView[] = [];
const noJobs: readonly JobView[] = [];
const noPipelines: readonly PipelineView[] = [];
const noTerminals: readonly TerminalView[] = [];
const noKept: readonly KeptView[] = [];
/** Selectors give references that exist; nothing is made here. */
export const selectFacts = (state: EngineSlice): EngineFacts | undefined => state.data?.facts;
export const selectRunners = (state: EngineSlice): readonly RunnerView[] => state.data?.runners ?? noRunners;
export const selectJobs = (state: EngineSlice): readonly JobView[] => state.data?.jobs ?? noJobs;
export const selectPipelines = (state: EngineSlice): readonly PipelineView[] => state.data?.pipelines ?? noPipelines;
export const selectTerminals = (state: EngineSlice): readonly TerminalView[] => state.data?.terminals ?? noTerminals;
export const selectKept = (state: EngineSlice): readonly KeptView[] => state.data?.kept ?? noKept;
/** By its key, or by GitLab's number as links from outside have it: the newest then. */
export const selectJob =
  (key: string) =>
  (state: EngineSlice): JobView | undefined =>
    state.data?.jobByKey.get(key) ??
    (/^\d+$/.test(key) ? state.data?.jobs.find(({ id }) => id === Number(key)) : undefined);
export const selectConnection = (state: EngineSlice): ConnectionState => state.connection;
