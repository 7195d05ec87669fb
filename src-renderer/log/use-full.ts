import { type RefObject, useEffect } from 'react';

/** While `full`, everything around the element takes no focus and no pointer: the element fills the window. */
export function useFull(ref: RefObject<HTMLElement | null>, full: boolean): void {
  useEffect(() => {
    if (!full) return;
    const resting: Element[] = [];
    for (let at: Element | null = ref.current; at !== null && at !== document.body; at = at.parentElement)
      for (const sibling of at.parentElement?.children ?? [])
        if (sibling !== at && !sibling.hasAttribute('inert')) {
          sibling.setAttribute('inert', '');
          resting.push(sibling);
        }
    return () => {
      for (const element of resting) element.removeAttribute('inert');
    };
  }, [ref, full]);
}
