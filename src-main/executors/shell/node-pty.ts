import type * as Pty from 'node-pty';

/** The parts of node-pty that are used here. */
export interface NodePty {
  readonly spawn: typeof Pty.spawn;
  /** A terminal without a process; both ends as descriptors of this process. */
  readonly openTerminal: (columns: number, rows: number) => OpenTerminal;
}
export interface OpenTerminal {
  readonly master: number;
  readonly slave: number;
  /** Path of the slave. */
  readonly pty: string;
}

let loading: Promise<NodePty | undefined> | undefined;

/** The native module, or undefined where its binary is missing. */
export const loadNodePty = (): Promise<NodePty | undefined> => {
  loading ??= import('node-pty').then(
    (loaded) => adapt('default' in loaded && isRecord(loaded.default) ? loaded.default : loaded),
    () => undefined,
  );
  return loading;
};

/** `native` is no documented part of node-pty; the exact version is pinned and a test opens a terminal. */
const adapt = (module: object): NodePty | undefined => {
  if (!('spawn' in module) || typeof module.spawn !== 'function') return undefined;
  const native: unknown = 'native' in module ? module.native : undefined;
  return {
    spawn: module.spawn as typeof Pty.spawn,
    openTerminal(columns, rows) {
      if (!isRecord(native) || typeof native['open'] !== 'function')
        throw new Error('terminals for jobs are not there on this system');
      return native['open'](columns, rows) as OpenTerminal;
    },
  };
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
