import { useCallback, useRef } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import type { FoldMap } from '../../src-shared/trace/index.ts';
import { type LineRange, replaceRoute } from '../app/route.ts';
import type { LogScroll } from './use-scroll.ts';

/** Choosing lines, which the address then names: by their numbers, and by keys from where a person looks. */
export function usePicked(deps: {
  readonly job: JobView;
  readonly picked: LineRange | undefined;
  readonly map: FoldMap;
  readonly scroll: LogScroll;
  readonly firstRow: number;
  readonly lookedAt: number | undefined;
}): { pick(line: number, extend: boolean): void; pickBy(rows: number): void } {
  const { job, picked, map, scroll, firstRow, lookedAt } = deps;
  /** The end of what is chosen that moves, from 0. */
  const moving = useRef((picked?.[1] ?? 1) - 1);
  const choose = useCallback(
    (other: number, line: number): void => {
      moving.current = line;
      replaceRoute({ view: 'jobs', job: job.key, lines: [Math.min(other, line) + 1, Math.max(other, line) + 1] });
    },
    [job.key],
  );
  return {
    pick: useCallback(
      (line, extend) => choose(extend && picked !== undefined ? picked[0] - 1 : line, line),
      [choose, picked],
    ),
    pickBy(rows) {
      if (map.rows === 0) return;
      const start = lookedAt !== undefined && !map.isHidden(lookedAt) ? map.rowOf(lookedAt) : firstRow;
      const row = picked === undefined ? start : map.rowOf(moving.current) + rows;
      const line = map.lineAt(Math.min(map.rows - 1, Math.max(0, row)));
      choose(picked === undefined ? line : moving.current === picked[0] - 1 ? picked[1] - 1 : picked[0] - 1, line);
      scroll.show(map.rowOf(line));
    },
  };
}
