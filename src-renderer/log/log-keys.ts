import type { KeyboardEvent } from 'react';
import type { Section } from '../../src-shared/trace/index.ts';
import { rowHeight } from './scroll.ts';
import type { Log } from './use-log.ts';
import type { LogScroll } from './use-scroll.ts';

export interface KeyDeps {
  readonly log: Log;
  readonly scroll: LogScroll;
  /** The section around the first line in view. */
  readonly section: Section | undefined;
  /** Arrows to the side move a log that is scrolled to the side. */
  readonly isAside: boolean;
  /** Moves the end of the chosen lines. */
  pickBy(rows: number): void;
  /** What Escape ends here; absent: nothing. */
  readonly onEscape: (() => void) | undefined;
}

/** The keys by which a person moves in a log; everything else that has keys is a command of the toolbar. */
export function onLogKey(event: KeyboardEvent, { log, scroll, section, isAside, pickBy, onEscape }: KeyDeps): void {
  if (event.target instanceof HTMLInputElement || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(scroll.viewport / rowHeight) - 2) * rowHeight;
  if (event.key === 'Home') scroll.scrollTo(0);
  else if (event.key === 'End') scroll.setFollowing(true);
  else if (event.key === 'PageDown' || (event.key === ' ' && !(event.target instanceof HTMLButtonElement)))
    scroll.scrollTo(scroll.top + page);
  else if (event.key === 'PageUp') scroll.scrollTo(scroll.top - page);
  else if (event.shiftKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp'))
    pickBy(event.key === 'ArrowDown' ? 1 : -1);
  else if (event.key === 'ArrowDown') scroll.scrollTo(scroll.top + rowHeight);
  else if (event.key === 'ArrowUp') scroll.scrollTo(scroll.top - rowHeight);
  else if (event.key === 'Escape' && onEscape !== undefined) onEscape();
  else if (event.shiftKey) return;
  else if (event.key === 'ArrowLeft' && section && !isAside) {
    if (!log.isFolded(section)) log.toggle(section.id);
  } else if (event.key === 'ArrowRight' && section && log.isFolded(section)) log.toggle(section.id);
  else return;
  event.preventDefault();
}
