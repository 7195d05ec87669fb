import { ListFilter, Search, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { JobView } from '../../src-shared/ipc.ts';
import { selectJobs, selectRunners } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import { shortcuts, showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { IconButton, Kbd, LinkButton } from '../ui/controls.tsx';
import { count, timeOfDay } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { jobOutcome, jobPlace, jobTime } from './describe.ts';
import { countTabs, filterJobs, type JobFilter, noFilter } from './filter.ts';
import styles from './jobs.module.css';
import { jobRowHeight, listRows, rowsBetween } from './list-rows.ts';

/** The filter lasts as long as the window, whatever view is open meanwhile. */
const filterStore = createStore<JobFilter>()(() => noFilter);
const states = ['running', 'passed', 'failed', 'warning', 'canceled', 'skipped'] as const;

/** All jobs under headings, only those in view in the page. */
export function JobsList({ selected, wide }: { readonly selected: string | undefined; readonly wide: boolean }) {
  const jobs = useEngine(selectJobs);
  const filter = useStore(filterStore);
  const counts = useMemo(() => countTabs(jobs), [jobs]);
  const shown = useMemo(() => filterJobs(jobs, filter), [jobs, filter]);
  const [more, setMore] = useState(
    filter.runner !== '' || filter.project !== '' || filter.state !== '' || filter.ref !== '',
  );
  const rows = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const hidden = jobs.length - shown.length;
  const localOnly = useEngine(selectRunners).every((runner) => runner.local);
  return (
    <section aria-label={t('nav.jobs')} className={styles['list']} data-wide={wide || undefined}>
      <div className={styles['listHead']}>
        {wide ? <h1>{t('nav.jobs')}</h1> : <h2>{t('nav.jobs')}</h2>}
        <IconButton aria-expanded={more} label={t('jobs.moreFilters')} onClick={() => setMore(!more)}>
          <ListFilter size={16} />
        </IconButton>
      </div>
      <div className={styles['filter']}>
        <Search aria-hidden="true" size={14} />
        <input
          aria-label={t('jobs.filter')}
          data-filter=""
          onChange={(event) => filterStore.setState({ text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'Escape') rows.current?.focus();
            else return;
            event.preventDefault();
          }}
          placeholder={t('jobs.filter')}
          ref={field}
          spellCheck={false}
          value={filter.text}
        />
        {filter.text === '' ? (
          <Kbd>{showKeys(shortcuts.filter[0])}</Kbd>
        ) : (
          <span className={styles['clear']}>
            <IconButton
              label={t('jobs.clearText')}
              onClick={() => {
                filterStore.setState({ text: '' });
                field.current?.focus();
              }}
            >
              <X size={14} />
            </IconButton>
          </span>
        )}
      </div>
      {more ? <MoreFilters filter={filter} jobs={jobs} /> : null}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset brings borders and a legend that nothing needs */}
      <div aria-label={t('jobs.tabs')} className={styles['tabs']} role="group">
        {(['all', 'running', 'failed', 'local'] as const).map((tab) => (
          <button
            aria-pressed={filter.tab === tab}
            key={tab}
            onClick={() => filterStore.setState({ tab })}
            type="button"
          >
            {t(`jobs.tab.${tab}`)}
            {tab !== 'all' && counts[tab] > 0 ? <span className="num">{count(counts[tab])}</span> : null}
          </button>
        ))}
      </div>
      {shown.length === 0 ? (
        <div className={styles['empty']}>
          <p>
            {jobs.length === 0
              ? t('jobs.none')
              : filter.text !== ''
                ? t('jobs.noMatch', { text: filter.text })
                : t('jobs.noneHere')}
          </p>
          {hidden > 0 ? (
            <>
              <p>{t('jobs.hidden', { count: hidden })}</p>
              <LinkButton onClick={() => filterStore.setState(noFilter)}>{t('jobs.clearFilter')}</LinkButton>
            </>
          ) : null}
        </div>
      ) : (
        <Rows box={rows} jobs={shown} selected={selected} />
      )}
      {localOnly ? (
        <p className={styles['listFoot']}>
          {t('jobs.localOnly')}
          <a href={hashOf({ view: 'add-runner' })}>{t('first.connect.title')}</a>
        </p>
      ) : null}
    </section>
  );
}

function Rows({
  jobs,
  selected,
  box,
}: {
  readonly jobs: readonly JobView[];
  readonly selected: string | undefined;
  readonly box: React.RefObject<HTMLDivElement | null>;
}) {
  const id = useId();
  const now = useNow(
    1000,
    jobs.some((job) => job.endedMs === undefined),
  );
  const day = Math.floor(now / 60_000);
  // Headings change with the day, not with the second.
  const { rows, height } = useMemo(() => listRows(jobs, day * 60_000), [jobs, day]);
  const [scrollTop, setScrollTop] = useState(0);
  const [viewport, setViewport] = useState(800);
  const [active, setActive] = useState<string>();
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setViewport(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  const place = (key: string | undefined) => rows.find((row) => row.kind === 'job' && row.job.key === key);
  const show = (top: number): void => {
    const element = box.current;
    if (element === null) return;
    if (top < element.scrollTop) element.scrollTop = top - 8;
    else if (top + jobRowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + jobRowHeight + 8 - element.clientHeight;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: shown once when it is chosen, not whenever the list moves
  useEffect(() => {
    const row = place(selected);
    if (row) show(row.top);
  }, [selected]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const list = rows.flatMap((row) => (row.kind === 'job' ? [row] : []));
    const at = list.findIndex((row) => row.job.key === (active ?? selected));
    const page = Math.max(1, Math.floor(viewport / jobRowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: list.length - 1,
      PageDown: at + page,
      PageUp: at - page,
    };
    const next = steps[event.key];
    if (next !== undefined) {
      const row = list[Math.min(list.length - 1, Math.max(0, next))];
      if (row) {
        setActive(row.job.key);
        show(row.top);
      }
    } else if (event.key === 'Enter' || event.key === ' ') goTo({ view: 'jobs', job: active ?? selected ?? '' });
    else return;
    event.preventDefault();
  };
  const visible = rowsBetween(rows, scrollTop, scrollTop + viewport);
  const optionId = (key: string): string => `${id}-${key}`;
  const pointed = active ?? selected;
  return (
    <div
      aria-activedescendant={
        pointed !== undefined && visible.some((row) => row.kind === 'job' && row.job.key === pointed)
          ? optionId(pointed)
          : undefined
      }
      aria-label={t('nav.jobs')}
      className={styles['rows']}
      data-keys=""
      onBlur={() => setActive(undefined)}
      onKeyDown={onKeyDown}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      ref={box}
      role="listbox"
      tabIndex={0}
    >
      <div role="presentation" style={{ height: height + 8, position: 'relative' }}>
        {visible.map((row) =>
          row.kind === 'group' ? (
            <div aria-hidden="true" className={styles['group']} key={row.label} style={{ top: row.top }}>
              {row.label}
            </div>
          ) : (
            <JobRow
              active={active === row.job.key}
              id={optionId(row.job.key)}
              index={row.index}
              job={row.job}
              key={row.job.key}
              now={now}
              selected={row.job.key === selected}
              top={row.top}
              total={jobs.length}
            />
          ),
        )}
      </div>
    </div>
  );
}

function JobRow({
  job,
  id,
  index,
  total,
  top,
  selected,
  active,
  now,
}: {
  readonly job: JobView;
  readonly id: string;
  readonly index: number;
  readonly total: number;
  readonly top: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly now: number;
}) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys; its active option is this one
    <div
      aria-posinset={index + 1}
      aria-selected={selected}
      aria-setsize={total}
      className={styles['row']}
      data-active={active || undefined}
      data-job={job.key}
      id={id}
      onClick={() => goTo({ view: 'jobs', job: job.key })}
      role="option"
      style={{ top }}
      tabIndex={-1}
      title={[job.name, jobPlace(job), jobOutcome(job)].filter((each) => each !== '').join('\n')}
    >
      <StateIcon state={job.state} />
      <span className={styles['name']}>
        {job.name}
        <span className="hidden-text">, {t(`state.${job.state}`)}, </span>
      </span>
      <span className={`${styles['took']} num`}>{jobTime(job, now)}</span>
      <span className={styles['second']}>{jobPlace(job)}</span>
      {job.endedMs === undefined ? null : <span className={`${styles['when']} num`}>{timeOfDay(job.startedMs)}</span>}
      <span className={`${styles['third']} num`} data-tone={job.state === 'failed' ? 'fail' : undefined}>
        {jobOutcome(job)}
      </span>
    </div>
  );
}

function MoreFilters({ jobs, filter }: { readonly jobs: readonly JobView[]; readonly filter: JobFilter }) {
  const id = useId();
  const runners = useMemo(() => [...new Map(jobs.map((job) => [job.runner, job.runnerName]))], [jobs]);
  const refs = useMemo(() => [...new Set(jobs.map((job) => job.ref))].filter((ref) => ref !== '').sort(), [jobs]);
  const projects = useMemo(() => [...new Set(jobs.map((job) => job.project))].sort(), [jobs]);
  const select = (
    name: 'runner' | 'project' | 'state' | 'ref',
    label: string,
    options: readonly (readonly [string, string])[],
  ) => (
    <>
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <select
        id={`${id}-${name}`}
        onChange={(event) => filterStore.setState({ [name]: event.target.value })}
        value={filter[name]}
      >
        <option value="">{t('jobs.any')}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </>
  );
  return (
    <div className={styles['more']}>
      {select('runner', t('jobs.runner'), runners)}
      {select(
        'project',
        t('jobs.project'),
        projects.map((project) => [project, project]),
      )}
      {select(
        'ref',
        t('jobs.ref'),
        refs.map((ref) => [ref, ref]),
      )}
      {select(
        'state',
        t('jobs.state'),
        states.map((state) => [state, t(`state.${state}`)]),
      )}
    </div>
  );
}
