import { useEffect, useRef } from 'react';

/**
 * Escape closes what stands over the view, unless something above it took the key; the focus goes back to where it was
 * when that was opened.
 */
export function useEscape(open: boolean, onEscape: () => void): void {
  const latest = useRef(onEscape);
  latest.current = onEscape;
  useEffect(() => {
    if (!open) return;
    const before = document.activeElement;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      latest.current();
      if (before instanceof HTMLElement) before.focus();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [open]);
}
