import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Kbd } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { type Command, offeredCommands } from './commands.ts';
import { selectJobs } from './engine-store.ts';
import { useEngine } from './harrier.ts';
import { goTo } from './route.ts';
import styles from './shell.module.css';
import { showKeys } from './shortcuts.ts';
import { t } from './text.ts';

const mostJobs = 8;

/** Every action that can be done now, and every job, by name. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [commands] = useState(offeredCommands);
  const jobs = useEngine(selectJobs);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const wanted = text.trim().toLowerCase();
  const found = useMemo(() => {
    const actions = commands.filter(({ label, note = '' }) => `${label} ${note}`.toLowerCase().includes(wanted));
    const named =
      wanted === ''
        ? []
        : jobs.filter((job) => `${job.name} ${job.project}`.toLowerCase().includes(wanted)).slice(0, mostJobs);
    return [
      ...actions,
      ...named.map(
        (job): Command => ({
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
  const run = (entry: Command | undefined): void => {
    if (entry === undefined) return;
    // The focus goes back first: what runs may want it elsewhere.
    dialog.current?.close();
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
            <span className={styles['paletteIcon']}>{entry.icon}</span>
            <span className={styles['paletteLabel']}>{entry.label}</span>
            {entry.note ? <span className={styles['badge']}>{entry.note}</span> : null}
            {entry.keys !== undefined ? <Kbd>{showKeys(entry.keys)}</Kbd> : null}
          </div>
        ))}
      </div>
      <p className={styles['paletteFoot']} role="status">
        {found.length === 0
          ? t('palette.none', { text })
          : t('palette.help', {
              up: showKeys('ArrowUp'),
              down: showKeys('ArrowDown'),
              enter: showKeys('Enter'),
              escape: showKeys('Escape'),
            })}
      </p>
    </dialog>
  );
}
