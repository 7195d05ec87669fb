import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { FoldMap } from '../../src-shared/trace/index.ts';
import { barHeight, isMapped, lastTop, rowHeight, scrollOfTop, topOfScroll } from './scroll.ts';

/** Where the log stands: the px from its first row, and whether it follows its end. */
export interface LogScroll {
  readonly top: number;
  /** Where the bar stands for that; beside `top` only in a log that is longer than a bar can be. */
  readonly barTop: number;
  readonly viewport: number;
  readonly height: number;
  readonly following: boolean;
  /** Lines that came in since it follows no more. */
  readonly since: number;
  setFollowing(following: boolean): void;
  scrollTo(top: number): void;
  /** Brings a row into the middle unless it is well in view. */
  show(row: number): void;
}

export function useLogScroll(
  ref: RefObject<HTMLElement | null>,
  map: FoldMap,
  lines: number,
  startFollowing: boolean,
  scale: number,
): LogScroll {
  /** Where a person left it, and the bar with it: in a mapped log that grows, the bar moves and the place does not. */
  const [stood, setStood] = useState({ top: 0, bar: 0 });
  const [viewport, setViewport] = useState(600);
  const [following, setFollow] = useState(startFollowing);
  const [leftAt, setLeftAt] = useState(0);
  /** The first line in view and how far it is scrolled off: what stays in place when folds above it change. */
  const anchor = useRef({ line: 0, offset: 0 });
  /** The scrollbar's position as we set it; a scroll event that brings it is no act of a person. */
  const expected = useRef(0);
  const geometry = { rows: map.rows * scale, viewport };
  // The end is known before the bar is moved there: while it follows, a growing log is drawn once.
  const top = following ? lastTop(geometry) : stood.top;

  const place = useCallback(
    (value: number): number => {
      const element = ref.current;
      if (element === null) return 0;
      const now = { rows: map.rows * scale, viewport: element.clientHeight };
      const within = Math.min(Math.max(0, value), lastTop(now));
      element.scrollTop = scrollOfTop(within, now);
      expected.current = element.scrollTop;
      const row = Math.floor(within / rowHeight / scale);
      anchor.current = {
        line: map.rows === 0 ? 0 : map.lineAt(Math.min(row, map.rows - 1)),
        offset: within - row * rowHeight * scale,
      };
      return within;
    },
    [ref, map, scale],
  );
  const moveTo = useCallback(
    (value: number): void => {
      const at = { top: place(value), bar: expected.current };
      setStood((before) => (before.top === at.top && before.bar === at.bar ? before : at));
    },
    [place],
  );

  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setViewport(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);

  // Rows came, or folds changed: stay at the end when following, else keep the line in view where it is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: viewport and lines are reasons to place again
  useLayoutEffect(() => {
    if (following) place(Number.MAX_SAFE_INTEGER);
    else moveTo(map.rowOf(anchor.current.line) * rowHeight * scale + anchor.current.offset);
  }, [map, viewport, following, lines, place, moveTo]);

  const setFollowing = useCallback(
    (value: boolean): void => {
      setLeftAt(lines);
      setFollow(value);
    },
    [lines],
  );

  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const onScroll = (): void => {
      if (Math.abs(element.scrollTop - expected.current) < 1) return;
      expected.current = element.scrollTop;
      const now = { rows: map.rows * scale, viewport: element.clientHeight };
      const value = topOfScroll(element.scrollTop, now);
      if (following && value < lastTop(now) - rowHeight) setFollowing(false);
      const row = Math.floor(value / rowHeight / scale);
      anchor.current = {
        line: map.rows === 0 ? 0 : map.lineAt(Math.min(row, map.rows - 1)),
        offset: value - row * rowHeight * scale,
      };
      setStood({ top: value, bar: element.scrollTop });
    };
    // A mapped bar cannot move by single rows: the wheel moves the log, the bar follows.
    const onWheel = (event: WheelEvent): void => {
      if (!isMapped({ rows: map.rows * scale, viewport: element.clientHeight }) || event.ctrlKey || event.deltaY === 0)
        return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? rowHeight : event.deltaMode === 2 ? element.clientHeight : 1;
      if (event.deltaY < 0 && following) setFollowing(false);
      moveTo(map.rowOf(anchor.current.line) * rowHeight * scale + anchor.current.offset + event.deltaY * unit);
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('scroll', onScroll);
      element.removeEventListener('wheel', onWheel);
    };
  }, [ref, map, following, moveTo, setFollowing, scale]);

  return {
    top,
    barTop: following ? scrollOfTop(top, geometry) : stood.bar,
    viewport,
    height: barHeight(geometry),
    following,
    since: following ? 0 : Math.max(0, lines - leftAt),
    setFollowing,
    scrollTo(value) {
      if (following && value < lastTop(geometry) - rowHeight) setFollowing(false);
      moveTo(value);
    },
    show(row) {
      const at = row * rowHeight * scale;
      const inView = at >= top + rowHeight * 2 && at <= top + viewport - rowHeight * 3;
      if (following) setFollowing(false);
      if (!inView) moveTo(at - viewport / 3);
    },
  };
}
