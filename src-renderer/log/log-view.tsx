import {
  type CSSProperties,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import type { Section } from '../../src-shared/trace/index.ts';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import { hashOf, type LineRange, replaceRoute } from '../app/route.ts';
import { t } from '../app/text.ts';
import { classes, ErrorText } from '../ui/controls.tsx';
import { exactTime, lineTime } from '../ui/format.ts';
import { useDark } from '../ui/use-dark.ts';
import { useNow } from '../ui/use-now.ts';
import styles from './log.module.css';
import { LogFoot } from './log-foot.tsx';
import { LogRow, type SectionRow } from './log-row.tsx';
import { Rows } from './log-rows.tsx';
import { LogToolbar } from './log-toolbar.tsx';
import { Ruler } from './ruler.tsx';
import { rowHeight } from './scroll.ts';
import { matchAt } from './search.ts';
import { depthOf, durationOf, enclosing, matchesBetween, stickySection } from './section-lookup.ts';
import type { Log } from './use-log.ts';
import { useLogScroll } from './use-scroll.ts';
import { useLogSearch } from './use-search.ts';

const overscan = 8;
/** Up to here a wrapped log is laid out whole; beyond, the bar stands for a share of the log. */
const mostFlowRows = 400;
const noMarks: readonly (readonly [number, number])[] = [];

export interface LogViewProps {
  readonly job: JobView;
  readonly log: Log;
  readonly lines: LineRange | undefined;
  /** A line that another part of the view asks to see; a new object asks again. */
  readonly jump: { readonly line: number } | undefined;
}

/** The live log: bar, rows, foot. Nothing ever covers the text. */
export function LogView({ job, log, lines: picked, jump }: LogViewProps) {
  const { prefs } = useHarrier();
  const { times, wrap } = usePrefs((state) => state);
  const dark = useDark();
  const running = job.endedMs === undefined;
  const { source, map, problems } = log;
  const { index } = source;
  const count = index.lines;
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const scale = wrap && map.rows > mostFlowRows ? 2 : 1;
  const scroll = useLogScroll(box, map, count, running && picked === undefined, scale);
  const [atProblem, setAtProblem] = useState(-1);

  const share = scroll.top / Math.max(1, map.rows * rowHeight * scale - scroll.viewport);
  const anchorRow = scale === 1 ? scroll.top / rowHeight : Math.min(1, Math.max(0, share)) * map.rows;
  const flow = wrap && scale === 1;
  const first = flow
    ? 0
    : Math.max(0, Math.floor(anchorRow) - (scale === 1 ? overscan : Math.ceil(scroll.viewport / rowHeight)));
  const last = flow ? map.rows : Math.min(map.rows, Math.ceil(anchorRow + scroll.viewport / rowHeight) + overscan);
  const topLine = map.rows === 0 ? 0 : map.lineAt(Math.min(map.rows - 1, Math.floor(anchorRow)));

  const search = useLogSearch(source, log.version, () => topLine);
  const now = match(search);
  const show = useCallback(
    (line: number): void => {
      log.reveal(line);
      pending.current = line;
      setShown({});
    },
    [log.reveal],
  );
  /** A line to bring into view once the folds around it are open. */
  const pending = useRef<number>(undefined);
  const [shown, setShown] = useState({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` asks, `map` may first have to unfold
  useLayoutEffect(() => {
    const line = pending.current;
    if (line === undefined || line >= count || map.isHidden(line)) return;
    pending.current = undefined;
    if (flow) box.current?.querySelector(`[data-line="${line + 1}"]`)?.scrollIntoView({ block: 'center' });
    else scroll.show(map.rowOf(line));
  }, [shown, map, count]);

  const matchLine = now?.line;
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
  const readAll = index.size > 0 && index.size >= source.size;
  useEffect(() => {
    if (opened.current || !readAll) return;
    opened.current = true;
    const problem = problems[0];
    if (!running && job.state === 'failed' && problem !== undefined && picked === undefined) {
      setAtProblem(0);
      show(problem.line);
    }
  }, [readAll, running, job.state, problems, picked, show]);

  const stepProblem = (by: number): void => {
    if (problems.length === 0) return;
    const next = (atProblem + by + problems.length) % problems.length;
    setAtProblem(next);
    show(problems[next]?.line ?? 0);
  };
  const stepMatch = (by: number): void => {
    const total = search.result?.total ?? 0;
    if (total > 0) search.setCurrent((search.current + by + total) % total);
  };
  /** The end of what is chosen that moves, from 0. */
  const pickEnd = useRef((picked?.[1] ?? 1) - 1);
  const pick = useCallback(
    (line: number, extend: boolean): void => {
      const from = extend && picked !== undefined ? picked[0] : line + 1;
      pickEnd.current = line;
      replaceRoute({ view: 'jobs', job: job.key, lines: [Math.min(from, line + 1), Math.max(from, line + 1)] });
    },
    [job.key, picked],
  );
  const cycleTimes = (): void =>
    prefs.setState({ times: times === 'elapsed' ? 'clock' : times === 'clock' ? 'off' : 'elapsed' });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLInputElement || event.defaultPrevented) return;
    const page = Math.max(rowHeight, scroll.viewport - rowHeight * 2);
    const section = enclosing(index.sections, topLine);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Home') scroll.scrollTo(0);
    else if (event.key === 'End') scroll.setFollowing(true);
    else if (event.key === 'PageDown' || (event.key === ' ' && !(event.target instanceof HTMLButtonElement)))
      scroll.scrollTo(scroll.top + page);
    else if (event.key === 'PageUp') scroll.scrollTo(scroll.top - page);
    else if (event.shiftKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp'))
      pickByKey(event.key === 'ArrowDown' ? 1 : -1);
    else if (event.key === 'ArrowDown') scroll.scrollTo(scroll.top + rowHeight);
    else if (event.key === 'ArrowUp') scroll.scrollTo(scroll.top - rowHeight);
    else if (event.key === 'Escape' && picked !== undefined) replaceRoute({ view: 'jobs', job: job.key });
    else if (event.shiftKey) return;
    else if (event.key === 'ArrowLeft' && section && !wrapScrolls(box.current)) {
      if (!log.isFolded(section)) log.toggle(section.id);
    } else if (event.key === 'ArrowRight' && section && log.isFolded(section)) log.toggle(section.id);
    else return;
    event.preventDefault();
  };
  /** Lines are chosen by keys from where a person looks: a match, a problem, else the first line in view. */
  const pickByKey = (by: number): void => {
    const looked = now?.line ?? problems[atProblem]?.line;
    const start = looked !== undefined && !map.isHidden(looked) ? map.rowOf(looked) : Math.ceil(anchorRow);
    const row = picked === undefined ? start : map.rowOf(Math.min(pickEnd.current, count - 1)) + by;
    const line = map.lineAt(Math.min(map.rows - 1, Math.max(0, row)));
    const other = picked === undefined ? line : pickEnd.current === picked[0] - 1 ? picked[1] - 1 : picked[0] - 1;
    pickEnd.current = line;
    replaceRoute({ view: 'jobs', job: job.key, lines: [Math.min(other, line) + 1, Math.max(other, line) + 1] });
    scroll.show(map.rowOf(line));
  };

  const startMs = useMemo(() => index.firstTimeMs ?? job.startedMs, [index.firstTimeMs, job.startedMs]);
  const hasTimes = index.firstTimeMs !== undefined && times !== 'off';
  const tick = useNow(1000, running);
  const sectionRow = (section: Section): SectionRow => {
    const folded = log.isFolded(section);
    const end = section.endLine ?? count;
    const open = section.endLine === undefined && running;
    return {
      id: section.id,
      folded,
      hidden: end - section.line - 1,
      hits: folded ? matchesBetween(search.result, section.line + 1, end) : 0,
      duration: section.hideDuration ? undefined : durationOf(section, job, open ? tick : undefined),
      open,
    };
  };
  const rowOf = (line: number) => {
    const content = source.line(line);
    const section = log.headers.get(line);
    const marks =
      content !== undefined && search.result?.matcher
        ? search.result.matcher.find(content.spans.map((span) => span.text).join(''))
        : noMarks;
    return (
      <LogRow
        dark={dark}
        depth={section ? section.depth : depthOf(index.sections, line)}
        href={hashOf({ view: 'jobs', job: job.key, lines: [line + 1, line + 1] })}
        index={line}
        key={line}
        line={content}
        mark={now?.line === line ? now.nth : undefined}
        marks={marks}
        onFold={log.toggle}
        onPick={pick}
        picked={picked !== undefined && line + 1 >= picked[0] && line + 1 <= picked[1]}
        problem={problemLines.has(line)}
        section={section ? sectionRow(section) : undefined}
        time={hasTimes ? timeText(content?.timeMs, startMs, times) : undefined}
      />
    );
  };
  const problemLines = useMemo(() => new Set(problems.map((problem) => problem.line)), [problems]);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => map.lineAt(first + at));
  const sticky = stickySection(index.sections, topLine, log);
  const variables = {
    '--digits': Math.max(3, `${count}`.length),
    '--time-width': times === 'clock' ? '92px' : '60px',
  } as CSSProperties;

  return (
    <section aria-label={t('log.title')} className={styles['log']} data-keys="" onKeyDown={onKeyDown} style={variables}>
      <LogToolbar
        field={field}
        job={job}
        log={log}
        onStepMatch={stepMatch}
        onStepProblem={stepProblem}
        onEnd={() => scroll.setFollowing(true)}
        onLeaveSearch={() => box.current?.focus()}
        onTimes={cycleTimes}
        picked={picked}
        search={search}
      />
      <div className={classes(styles['stage'], wrap && !flow && styles['wrapped'])}>
        {sticky && !flow ? <div className={styles['sticky']}>{rowOf(sticky.line)}</div> : null}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <section aria-label={t('log.lines')} className={styles['scroll']} ref={box} tabIndex={0}>
          {source.trouble ? (
            <div className={styles['quiet']}>
              <ErrorText trouble={source.trouble} />
            </div>
          ) : null}
          {count === 0 && !source.trouble ? (
            <p className={styles['quiet']}>{t(emptyText(running, readAll, source.version))}</p>
          ) : null}
          {flow ? (
            <div className={styles['flow']}>{rows.map(rowOf)}</div>
          ) : (
            <div className={styles['space']} style={{ height: scroll.height }}>
              <Rows
                anchorRow={anchorRow}
                box={box}
                first={first}
                rows={rows}
                scale={scale}
                share={share}
                top={scroll.top}
                viewport={scroll.viewport}
                draw={rowOf}
              />
            </div>
          )}
        </section>
        <Ruler map={map} matches={search.result?.lines} problems={problems} />
      </div>
      <LogFoot
        count={count}
        following={scroll.following}
        onFollow={scroll.setFollowing}
        running={running}
        since={scroll.since}
        source={source}
      />
    </section>
  );
}

const match = (search: ReturnType<typeof useLogSearch>) =>
  search.result === undefined || search.current < 0 ? undefined : matchAt(search.result, search.current);

const emptyText = (running: boolean, readAll: boolean, version: number) =>
  running ? 'log.waiting' : readAll || version > 0 ? 'log.empty' : 'log.reading';

const wrapScrolls = (element: HTMLElement | null): boolean => element !== null && element.scrollLeft > 0;

function timeText(timeMs: number | undefined, startMs: number, times: 'elapsed' | 'clock' | 'off'): string {
  if (timeMs === undefined) return '';
  return times === 'clock' ? exactTime(timeMs) : lineTime(timeMs - startMs);
}
