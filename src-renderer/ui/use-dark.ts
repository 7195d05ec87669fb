import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
};
/** Whether the dark theme is shown: for colours that are computed, not named. */
export const useDark = (): boolean =>
  useSyncExternalStore(subscribe, () => document.documentElement.dataset['theme'] === 'dark');
