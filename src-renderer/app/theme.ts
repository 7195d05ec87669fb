import type { PrefsStore } from './prefs.ts';

/** Keeps `data-theme` at what is chosen, or at what the system says. */
export function followTheme(prefs: PrefsStore, root: HTMLElement, view: Pick<Window, 'matchMedia'>): void {
  const dark = view.matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    const { theme } = prefs.getState();
    root.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
  };
  dark.addEventListener('change', apply);
  prefs.subscribe(apply);
  apply();
}
