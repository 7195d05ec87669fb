import {
  CirclePlay,
  Container,
  FileCog,
  FolderGit2,
  Keyboard,
  List,
  Moon,
  Pause,
  Play,
  Plus,
  Search,
  Server,
  Settings2,
  Square,
  SquareTerminal,
  Sun,
  Workflow,
} from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { openFirstJob } from '../onboarding/open-first-job.ts';
import { hourMs, tomorrowMs } from '../runners/describe.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { usePauseAll } from './engine-controls.tsx';
import { selectFacts, selectJobs, selectRunners } from './engine-store.ts';
import { useEngine, useHarrier } from './harrier.ts';
import { goTo } from './route.ts';
import styles from './shell.module.css';
import { t } from './text.ts';
import { troubleOf } from './wire-failure.ts';

interface Entry {
  readonly id: string;
  readonly label: string;
  readonly icon: ReactNode;
  readonly note?: string;
  readonly run: () => void;
}
const mostJobs = 8;

/** Every action and every job by name. */
export function Palette({ onClose, onKeys }: { readonly onClose: () => void; readonly onKeys: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const commands = useCommands(onKeys);
  const jobs = useEngine(selectJobs);
  useEffect(() => dialog.current?.showModal(), []);
  const wanted = text.trim().toLowerCase();
  const found = useMemo(() => {
    const actions = commands.filter((entry) => entry.label.toLowerCase().includes(wanted));
    const named =
      wanted === ''
        ? []
        : jobs.filter((job) => `${job.name} ${job.project}`.toLowerCase().includes(wanted)).slice(0, mostJobs);
    return [
      ...actions,
      ...named.map(
        (job): Entry => ({
          id: job.key,
          label: job.name,
          note: job.project,
          icon: <StateIcon state={job.state} />,
          run: () => goTo({ view: 'jobs', job: job.key }),
        }),
      ),
    ];
  }, [commands, jobs, wanted]);
  const chosen = Math.min(at, found.length - 1);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another one is chosen
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt((chosen + 1) % Math.max(1, found.length));
    else if (event.key === 'ArrowUp') setAt((chosen - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') run(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      aria-label={t('nav.commands')}
      className={styles['paletteDialog']}
      onCancel={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      onKeyDown={onKeyDown}
      ref={dialog}
    >
      <div className={styles['paletteField']}>
        <Search aria-hidden="true" size={16} />
        <input
          aria-activedescendant={found[chosen] ? `command-${chosen}` : undefined}
          aria-autocomplete="list"
          aria-controls="commands"
          aria-expanded={true}
          aria-label={t('palette.label')}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          placeholder={t('palette.label')}
          role="combobox"
          value={text}
        />
      </div>
      <div aria-label={t('nav.commands')} className={styles['paletteList']} id="commands" ref={list} role="listbox">
        {found.map((entry, index) => (
          <div
            aria-selected={index === chosen}
            className={styles['paletteItem']}
            id={`command-${index}`}
            key={entry.id}
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setAt(index)}
            onClick={() => run(entry)}
            onKeyDown={onKeyDown}
            role="option"
            tabIndex={-1}
          >
            {entry.icon}
            <span>{entry.label}</span>
            {entry.note ? <span className={styles['badge']}>{entry.note}</span> : null}
          </div>
        ))}
      </div>
      <p className={styles['paletteFoot']} role="status">
        {found.length === 0 ? t('palette.none', { text }) : t('palette.help')}
      </p>
    </dialog>
  );
}

function useCommands(onKeys: () => void): readonly Entry[] {
  const { client, prefs, store } = useHarrier();
  const facts = useEngine(selectFacts);
  const pauseAll = usePauseAll();
  const runners = useEngine(selectRunners);
  /** The palette is gone when the answer comes: what failed is told at the top of the window. */
  const attempt = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => store.getState().setTrouble(troubleOf(error)));
  const dark = document.documentElement.dataset['theme'] === 'dark';
  const stopped = facts?.state === 'stopped';
  return [
    { id: 'jobs', label: t('nav.jobs'), icon: <List size={16} />, run: () => goTo({ view: 'jobs' }) },
    { id: 'runners', label: t('nav.runners'), icon: <Server size={16} />, run: () => goTo({ view: 'runners' }) },
    {
      id: 'pipelines',
      label: t('nav.pipelines'),
      icon: <Workflow size={16} />,
      run: () => goTo({ view: 'pipelines' }),
    },
    {
      id: 'containers',
      label: t('nav.containers'),
      icon: <Container size={16} />,
      run: () => goTo({ view: 'containers' }),
    },
    { id: 'config', label: t('nav.config'), icon: <FileCog size={16} />, run: () => goTo({ view: 'config' }) },
    {
      id: 'terminals',
      label: t('nav.terminals'),
      icon: <SquareTerminal size={16} />,
      run: () => goTo({ view: 'terminals' }),
    },
    { id: 'add', label: t('runners.add'), icon: <Plus size={16} />, run: () => goTo({ view: 'add-runner' }) },
    { id: 'run', label: t('pipelines.run'), icon: <FolderGit2 size={16} />, run: () => goTo({ view: 'run-pipeline' }) },
    {
      id: 'try',
      label: t('first.try.command'),
      icon: <CirclePlay size={16} />,
      run: () => attempt(client.call('pipeline.tryIt', {}).then(({ pipeline }) => openFirstJob(store, pipeline))),
    },
    ...(stopped
      ? [
          {
            id: 'start',
            label: t('engine.start'),
            icon: <Play fill="currentColor" size={14} />,
            run: () => attempt(client.call('engine.start', {})),
          },
        ]
      : [
          {
            id: 'pause',
            label: t('engine.pauseAll'),
            icon: <Pause fill="currentColor" size={14} strokeWidth={1} />,
            run: () => void pauseAll.run(true),
          },
          {
            id: 'pauseHour',
            label: t('palette.pauseHour'),
            icon: <Pause fill="currentColor" size={14} strokeWidth={1} />,
            run: () => void pauseAll.run(true, Date.now() + hourMs),
          },
          {
            id: 'pauseTomorrow',
            label: t('palette.pauseTomorrow'),
            icon: <Pause fill="currentColor" size={14} strokeWidth={1} />,
            run: () => void pauseAll.run(true, tomorrowMs(Date.now())),
          },
          {
            id: 'resume',
            label: t('engine.resumeAll'),
            icon: <Play fill="currentColor" size={14} />,
            run: () => void pauseAll.run(false),
          },
          {
            id: 'drain',
            label: t('stop.drainCommand'),
            icon: <Square size={16} />,
            run: () => attempt(client.call('engine.stop', { mode: 'drain' })),
          },
        ]),
    ...runners
      .filter(({ local }) => !local)
      .map(
        (runner): Entry => ({
          id: `runner-${runner.key}`,
          label: t('palette.runner', { name: runner.name }),
          icon: <StateIcon state={runner.state} />,
          run: () => goTo({ view: 'runners', runner: runner.key }),
        }),
      ),
    {
      id: 'theme',
      label: t(dark ? 'palette.light' : 'palette.dark'),
      icon: dark ? <Sun size={16} /> : <Moon size={16} />,
      run: () => prefs.setState({ theme: dark ? 'light' : 'dark' }),
    },
    {
      id: 'settings',
      label: t('nav.settings'),
      icon: <Settings2 size={16} />,
      run: () => goTo({ view: 'settings' }),
    },
    { id: 'keys', label: t('keys.title'), icon: <Keyboard size={16} />, run: onKeys },
  ];
}
