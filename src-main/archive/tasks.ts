import {
  type PackBatch,
  type PackedBatch,
  type PackedPiece,
  type PackPiece,
  packBatch,
  packPiece,
} from './pack-tasks.ts';
import { selectFrom } from './select.ts';
import { localTree } from './tree.ts';
import type { SelectedEntry, Selection, SelectOptions } from './types.ts';
import {
  listArchive,
  removeShare,
  type UnpackOrder,
  type UnpackReport,
  unpackFinish,
  unpackPrepare,
  unpackShare,
} from './unpack-tasks.ts';

/** Everything a worker can be asked for: what goes in, what comes out. */
export interface TaskTypes {
  select: { in: SelectOptions; out: Selection };
  batch: { in: PackBatch; out: PackedBatch };
  piece: { in: PackPiece; out: PackedPiece };
  unpackPrepare: { in: UnpackOrder; out: UnpackReport };
  unpackShare: { in: UnpackOrder; out: undefined };
  unpackFinish: { in: UnpackOrder; out: undefined };
  removeShare: { in: Parameters<typeof removeShare>[0]; out: undefined };
  list: { in: { readonly archive: string }; out: readonly Pick<SelectedEntry, 'path' | 'kind'>[] };
}
export type TaskName = keyof TaskTypes;
export type TaskTable = {
  readonly [Name in TaskName]: (
    input: TaskTypes[Name]['in'],
  ) => TaskTypes[Name]['out'] | Promise<TaskTypes[Name]['out']>;
};

/** The work itself; the same in a worker and, for small things, in the main thread. */
export const tasks: TaskTable = {
  select: (options) => selectFrom(localTree(options.folder), options),
  batch: packBatch,
  piece: packPiece,
  unpackPrepare,
  unpackShare,
  unpackFinish,
  removeShare,
  list: ({ archive }) => listArchive(archive),
};

/** Buffers of an answer that can change threads instead of being copied. */
export function transferableOf(output: unknown): ArrayBuffer[] {
  if (typeof output !== 'object' || output === null) return [];
  return Object.values(output).flatMap((value) =>
    ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer ? [value.buffer] : [],
  );
}

export interface TaskMessage {
  readonly id: number;
  readonly name: TaskName;
  readonly input: TaskTypes[TaskName]['in'];
}
