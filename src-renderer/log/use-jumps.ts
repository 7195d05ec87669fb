import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import type { FoldMap } from '../../src-shared/trace/index.ts';
import type { LineRange } from '../app/route.ts';
import type { Log } from './use-log.ts';
import type { LogScroll } from './use-scroll.ts';
import type { LogSearch } from './use-search.ts';

export interface JumpDeps {
  readonly box: RefObject<HTMLElement | null>;
  readonly job: JobView;
  readonly log: Log;
  readonly search: LogSearch;
  /** Line of the current match. */
  readonly matchLine: number | undefined;
  readonly map: FoldMap;
  /** The map while only matching lines are shown. */
  readonly only: FoldMap | undefined;
  readonly scroll: LogScroll;
  /** All rows stand in the page, with heights of their own. */
  readonly flow: boolean;
  readonly picked: LineRange | undefined;
  /** A line that another part of the view asks to see; a new object asks again. */
  readonly jump: { readonly line: number } | undefined;
}

/** What brings a line into view: a link, a match, a problem, another part of the page. Whatever hides it is opened. */
export function useJumps(deps: JumpDeps): {
  /** Where a person looks: the current match, else the problem that was stepped to. */
  readonly lookedAt: number | undefined;
  stepMatch(by: number): void;
  stepProblem(by: number): void;
} {
  const { box, job, log, search, matchLine, map, only, scroll, flow, picked, jump } = deps;
  const { reveal, problems, source } = log;
  const { setOnly } = search;
  const count = source.index.lines;
  const [atProblem, setAtProblem] = useState(-1);
  /** A line to bring into view once the folds around it are open. */
  const pending = useRef<number>(undefined);
  const [shown, setShown] = useState({});
  const show = useCallback(
    (line: number): void => {
      if (only?.isHidden(line) === true) setOnly(false);
      reveal(line);
      pending.current = line;
      setShown({});
    },
    [reveal, only, setOnly],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` asks, `map` may first have to unfold
  useLayoutEffect(() => {
    const line = pending.current;
    if (line === undefined || line >= count || map.isHidden(line)) return;
    pending.current = undefined;
    if (flow) box.current?.querySelector(`[data-line="${line + 1}"]`)?.scrollIntoView({ block: 'center' });
    else scroll.show(map.rowOf(line));
  }, [shown, map, count]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a step to another match shows it, even on the same line
  useEffect(() => {
    if (matchLine !== undefined) show(matchLine);
  }, [matchLine, search.current, search.query]);
  const jumpTo = picked?.[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: shown once for each link
  useEffect(() => {
    if (jumpTo !== undefined && jumpTo <= count) show(jumpTo - 1);
  }, [jumpTo, count === 0 || (jumpTo ?? 0) > count]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new object asks once
  useEffect(() => {
    if (jump !== undefined) show(jump.line);
  }, [jump]);
  // A failed job opens at what went wrong.
  const opened = useRef(false);
  const readAll = source.index.size > 0 && source.index.size >= source.size;
  useEffect(() => {
    if (opened.current || !readAll) return;
    opened.current = true;
    const problem = problems[0];
    if (job.state === 'failed' && problem !== undefined && picked === undefined) {
      setAtProblem(0);
      show(problem.line);
    }
  }, [readAll, job.state, problems, picked, show]);

  return {
    lookedAt: matchLine ?? problems[atProblem]?.line,
    stepProblem(by) {
      if (problems.length === 0) return;
      const next = (atProblem + by + problems.length) % problems.length;
      setAtProblem(next);
      show(problems[next]?.line ?? 0);
    },
    stepMatch(by) {
      const known = search.result?.known ?? 0;
      if (known > 0) search.setCurrent((search.current + by + known) % known);
    },
  };
}
