import { defaultPrefs, type PrefsStore } from './prefs.ts';

/** Keeps `data-theme` at what is chosen, or at what the system says, and the sizes (`base.css`) at what is chosen. */
export function followTheme(prefs: PrefsStore, root: HTMLElement, view: Pick<Window, 'matchMedia'>): void {
  const dark = view.matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    const { theme, textSize, logSize } = prefs.getState();
    root.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
    root.style.setProperty('--ui-scale', `${textSize / defaultPrefs.textSize}`);
    root.style.setProperty('--log-scale', `${logSize / defaultPrefs.logSize}`);
  };
  dark.addEventListener('change', apply);
  prefs.subscribe(apply);
  apply();
}
