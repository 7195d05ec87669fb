import { type CSSProperties, type KeyboardEvent, useCallback, useMemo, useRef, useState } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import { createPickMap, type LogLine, type Matcher, type Section } from '../../src-shared/trace/index.ts';
import { selectFacts, selectPipelines } from '../app/engine-store.ts';
import { useEngine, useHarrier, usePrefs } from '../app/harrier.ts';
import { hashOf, type LineRange, replaceRoute } from '../app/route.ts';
import { t } from '../app/text.ts';
import { classes, ErrorText } from '../ui/controls.tsx';
import { exactTime, lineTime } from '../ui/format.ts';
import { useDark } from '../ui/use-dark.ts';
import { useEvent } from '../ui/use-event.ts';
import { useNow } from '../ui/use-now.ts';
import type { FilePlace } from './file-places.ts';
import styles from './log.module.css';
import { LogFoot } from './log-foot.tsx';
import { onLogKey } from './log-keys.ts';
import { LogRow, type SectionRow } from './log-row.tsx';
import { Rows } from './log-rows.tsx';
import { LogToolbar } from './log-toolbar.tsx';
import { Ruler } from './ruler.tsx';
import { rowHeight } from './scroll.ts';
import { matchAt, matchesBetween } from './search.ts';
import { depthOf, durationOf, enclosing, stickySection } from './section-lookup.ts';
import { useFull } from './use-full.ts';
import { useJumps } from './use-jumps.ts';
import type { Log } from './use-log.ts';
import { usePicked } from './use-picked.ts';
import { useLogScroll } from './use-scroll.ts';
import { useLogSearch } from './use-search.ts';
import { useTold } from './use-told.ts';

const overscan = 8;
/** Up to here a wrapped log is laid out whole; beyond, the bar stands for a share of the log. */
const mostFlowRows = 400;
const noMarks: Marks = [];

export interface LogViewProps {
  readonly job: JobView;
  readonly log: Log;
  readonly lines: LineRange | undefined;
  /** A line that another part of the view asks to see; a new object asks again. */
  readonly jump: { readonly line: number } | undefined;
}

/** The live log: bar, rows, foot. Nothing ever covers the text. */
export function LogView({ job, log, lines: picked, jump }: LogViewProps) {
  const { prefs, client } = useHarrier();
  const { times, wrap } = usePrefs((state) => state);
  const dark = useDark();
  const running = job.endedMs === undefined;
  const { source, problems } = log;
  const { index } = source;
  const count = index.lines;
  const box = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const lineInView = useRef(0);
  const search = useLogSearch(source, log.version, () => lineInView.current);
  const { result } = search;
  /** Only lines with matches, or everything that is not folded away. */
  const only = useMemo(
    () => (search.only && result !== undefined ? createPickMap(result.lines) : undefined),
    [search.only, result],
  );
  const map = only ?? log.map;
  const scale = wrap && map.rows > mostFlowRows ? 2 : 1;
  const scroll = useLogScroll(box, map, count, running && picked === undefined, scale);

  const share = scroll.top / Math.max(1, map.rows * rowHeight * scale - scroll.viewport);
  const anchorRow = scale === 1 ? scroll.top / rowHeight : Math.min(1, Math.max(0, share)) * map.rows;
  const flow = wrap && scale === 1;
  const first = flow
    ? 0
    : Math.max(0, Math.floor(anchorRow) - (scale === 1 ? overscan : Math.ceil(scroll.viewport / rowHeight)));
  const last = flow ? map.rows : Math.min(map.rows, Math.ceil(anchorRow + scroll.viewport / rowHeight) + overscan);
  const topLine = map.rows === 0 ? 0 : map.lineAt(Math.min(map.rows - 1, Math.floor(anchorRow)));
  lineInView.current = topLine;

  const now = match(search);
  const { stepMatch, stepProblem, lookedAt } = useJumps({
    box,
    job,
    log,
    search,
    matchLine: now?.line,
    map,
    only,
    scroll,
    flow,
    picked,
    jump,
  });
  const readAll = index.size > 0 && index.size >= source.size;
  // Nothing more comes and the last row is in view: there is no end to go to.
  const atEnd =
    !running && !flow && readAll && map.rows * rowHeight * scale <= scroll.top + scroll.viewport + rowHeight / 2;
  const { pick, pickBy } = usePicked({ job, picked, map, scroll, firstRow: Math.ceil(anchorRow), lookedAt });
  const onTimes = useEvent(() =>
    prefs.setState({ times: times === 'elapsed' ? 'clock' : times === 'clock' ? 'off' : 'elapsed' }),
  );

  const [full, setFull] = useState(false);
  const frame = useRef<HTMLElement>(null);
  useFull(frame, full);
  const onFull = useEvent(() => setFull(!full));
  const onEnd = useEvent(() => scroll.setFollowing(true));
  const onLeaveSearch = useEvent(() => box.current?.focus());
  const onStepMatch = useEvent(stepMatch);
  const onStepProblem = useEvent(stepProblem);
  const [told, tell] = useTold();
  const editor = useEngine(selectFacts)?.host.editor;
  const hasFiles = useEngine((state) => selectPipelines(state).some(({ id }) => id === job.pipeline));
  const openFile = useCallback(
    ({ path, line, column }: FilePlace): void =>
      tell(
        client
          .call('file.open', { job: job.key, path, line, ...(column !== undefined ? { column } : {}) })
          .then(() => t('log.opened', { editor: editor ?? '' })),
      ),
    [client, job.key, editor, tell],
  );
  const onFile = editor !== undefined && hasFiles ? openFile : undefined;

  const onKeyDown = (event: KeyboardEvent): void =>
    onLogKey(event, {
      log,
      scroll,
      section: enclosing(index.sections, topLine),
      isAside: (box.current?.scrollLeft ?? 0) > 0,
      pickBy,
      onEscape: full
        ? () => setFull(false)
        : picked !== undefined
          ? () => replaceRoute({ view: 'jobs', job: job.key })
          : undefined,
    });

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
      hits: folded ? matchesBetween(result, section.line + 1, end) : 0,
      duration: section.hideDuration ? undefined : durationOf(section, job, open ? tick : undefined),
      open,
    };
  };
  const marksOf = useMemo(() => createMarks(result?.matcher), [result?.matcher]);
  const rowOf = (line: number) => {
    const content = source.line(line);
    const section = only === undefined ? log.headers.get(line) : undefined;
    const marks = content === undefined ? noMarks : marksOf(content);
    return (
      <LogRow
        dark={dark}
        depth={section ? section.depth : only === undefined ? depthOf(index.sections, line) : 0}
        href={hashOf({ view: 'jobs', job: job.key, lines: [line + 1, line + 1] })}
        index={line}
        key={line}
        line={content}
        mark={now?.line === line ? now.nth : undefined}
        marks={marks}
        onFile={onFile}
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
  const sticky = only === undefined ? stickySection(index.sections, topLine, log) : undefined;
  const variables = {
    '--digits': Math.max(3, `${count}`.length),
    '--time-width': times === 'clock' ? '92px' : '60px',
  } as CSSProperties;

  return (
    <section
      aria-label={t('log.title')}
      className={styles['log']}
      data-full={full || undefined}
      data-keys=""
      onKeyDown={onKeyDown}
      ref={frame}
      style={variables}
    >
      <LogToolbar
        anyOpen={index.sections.some((section) => !log.isFolded(section))}
        field={field}
        full={full}
        job={job}
        onEnd={onEnd}
        onFoldAll={log.foldAll}
        onFull={onFull}
        onLeaveSearch={onLeaveSearch}
        onStepMatch={onStepMatch}
        onStepProblem={onStepProblem}
        onTimes={onTimes}
        picked={picked}
        problems={problems}
        search={search}
        source={source}
        tell={tell}
      />
      <div dir="ltr" className={classes(styles['stage'], wrap && !flow && styles['wrapped'])}>
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
                barTop={scroll.barTop}
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
        <Ruler map={map} matches={result?.lines} problems={problems} />
      </div>
      <LogFoot
        count={count}
        following={scroll.following || atEnd}
        onFollow={scroll.setFollowing}
        only={only?.rows}
        running={running}
        since={scroll.since}
        source={source}
        told={told}
      />
    </section>
  );
}

const match = (search: ReturnType<typeof useLogSearch>) =>
  search.result === undefined || search.current < 0 ? undefined : matchAt(search.result, search.current);

/** Where the matches of a line are, looked for once: rows that stay the same are not drawn again. */
function createMarks(matcher: Matcher | undefined): (line: LogLine) => Marks {
  if (matcher === undefined) return () => noMarks;
  const known = new WeakMap<LogLine, Marks>();
  return (line) => {
    const marks = known.get(line) ?? matcher.find(line.spans.map((span) => span.text).join(''));
    known.set(line, marks);
    return marks;
  };
}
type Marks = ReturnType<Matcher['find']>;

const emptyText = (running: boolean, readAll: boolean, version: number) =>
  running ? 'log.waiting' : readAll || version > 0 ? 'log.empty' : 'log.reading';

function timeText(timeMs: number | undefined, startMs: number, times: 'elapsed' | 'clock' | 'off'): string {
  if (timeMs === undefined) return '';
  return times === 'clock' ? exactTime(timeMs) : lineTime(timeMs - startMs);
}
