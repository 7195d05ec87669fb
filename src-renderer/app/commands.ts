import { type ReactNode, useEffect, useRef } from 'react';
import { isShortcut, isSingle, isTyping, reachOf } from './shortcuts.ts';

/** What a person can do now: found by its name in the palette, done by its keys. A button or menu entry does the same. */
export interface Command {
  readonly id: string;
  readonly label: string;
  readonly icon?: ReactNode;
  /** What it is about, where the label alone does not say so. */
  readonly note?: string | undefined;
  /** One of `shortcuts`. */
  readonly keys?: string;
  readonly run: () => void;
}

type Offer = () => readonly Command[];
/** What the parts of the window offer at this moment, each as it was last drawn. */
const offers = { view: new Set<Offer>(), window: new Set<Offer>() } as const;

/** Offers commands while the caller is shown: those of a view, or those of the whole window. */
export function useCommands(commands: readonly Command[], of: keyof typeof offers = 'view'): void {
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    const offer = (): readonly Command[] => latest.current;
    offers[of].add(offer);
    return () => void offers[of].delete(offer);
  }, [of]);
}

/** Everything that can be done now; what belongs to the view comes before what can always be done. */
export const offeredCommands = (): readonly Command[] => [...offers.view, ...offers.window].flatMap((offer) => offer());

/** The command whose keys these are, if they count where they were pressed. */
export function commandOf(event: KeyboardEvent, letterKeys: boolean): Command | undefined {
  return offeredCommands().find(({ keys }) => keys !== undefined && isShortcut(event, keys) && counts(keys));
  function counts(keys: string): boolean {
    if (isSingle(keys) && !letterKeys) return false;
    const reach = reachOf(keys);
    if (reach === 'anywhere') return true;
    if (isTyping(event.target)) return false;
    return (
      reach === 'outsideOfText' || (event.target instanceof Element && event.target.closest('[data-keys]') !== null)
    );
  }
}
