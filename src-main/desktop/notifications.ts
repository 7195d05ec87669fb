import type { Notification } from 'electron';
import type { Note } from '../../src-shared/ipc.ts';

type Shown = Pick<Notification, 'on' | 'show' | 'close'>;

/**
 * Shows notes through the system. Answers false where it cannot (no service, an unsigned app on macOS), so that the
 * window shows them instead (NOT1). A click leads to the place that the note is about.
 */
export function createSystemNotes(options: {
  readonly isSupported: () => boolean;
  readonly make: (options: { title: string; body: string; silent: boolean }) => Shown;
  readonly open: (hash: string) => void;
  /** How long a failure may take to be told. */
  readonly failsWithinMs?: number;
}): (note: Note) => Promise<boolean> {
  // Without a reference the system's click would reach nobody.
  const live = new Map<string, Shown>();
  return (note) =>
    new Promise((resolve) => {
      if (!options.isSupported()) return resolve(false);
      live.get(note.id)?.close();
      let shown: Shown;
      try {
        shown = options.make({ title: note.title, body: note.body, silent: note.level === 'info' });
      } catch {
        return resolve(false);
      }
      const forget = (): void => void live.delete(note.id);
      const late = setTimeout(() => resolve(true), options.failsWithinMs ?? 1000);
      const answer = (isShown: boolean): void => {
        clearTimeout(late);
        resolve(isShown);
      };
      shown.on('show', () => answer(true));
      shown.on('failed', () => {
        forget();
        answer(false);
      });
      shown.on('click', () => {
        forget();
        options.open(note.link);
      });
      shown.on('close', forget);
      live.set(note.id, shown);
      shown.show();
    });
}
