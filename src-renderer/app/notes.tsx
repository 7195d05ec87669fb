import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Note } from '../../src-shared/ipc.ts';
import { IconButton } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { useHarrier } from './harrier.ts';
import styles from './notes.module.css';
import { t } from './text.ts';

const mostShown = 3;
/** Long enough to be read twice; a pointer or the focus on it keeps it. */
const shownForMs = 12_000;

/** What the system could not show (NOT1): a few lines over the navigation, never over the log. */
export function Notes() {
  const { client } = useHarrier();
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const [held, setHeld] = useState(false);
  useEffect(
    () =>
      client.on('note.show', (note) =>
        setNotes((before) => [...before.filter(({ id }) => id !== note.id), note].slice(-mostShown)),
      ),
    [client],
  );
  const oldest = notes[0]?.id;
  useEffect(() => {
    if (oldest === undefined || held) return;
    const timer = setTimeout(() => setNotes((before) => before.filter(({ id }) => id !== oldest)), shownForMs);
    return () => clearTimeout(timer);
  }, [oldest, held]);
  const close = (id: string): void => setNotes((before) => before.filter((note) => note.id !== id));
  return (
    <section
      aria-label={t('notes.label')}
      aria-live="polite"
      className={styles['notes']}
      onBlur={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      {notes.map((note) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: keys of the link and the button inside
        <div
          className={styles['note']}
          key={note.id}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.preventDefault();
            close(note.id);
          }}
        >
          <StateIcon size={14} state={note.level === 'failure' ? 'failed' : 'passed'} />
          <a href={note.link} onClick={() => close(note.id)}>
            <b>{note.title}</b>
            {note.body ? <span>{note.body}</span> : null}
          </a>
          <IconButton label={t('notes.close', { title: note.title })} onClick={() => close(note.id)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
