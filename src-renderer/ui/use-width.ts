import { useSyncExternalStore } from 'react';
import { usePrefs } from '../app/harrier.ts';
import { defaultPrefs } from '../app/prefs.ts';

/** The layout by the window's width (design, section 4). */
export type Layout = 'full' | 'drawer' | 'rail' | 'narrow';

const layoutOf = (width: number): Layout =>
  width >= 1280 ? 'full' : width >= 1024 ? 'drawer' : width >= 860 ? 'rail' : 'narrow';
const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('resize', listener);
  return () => window.removeEventListener('resize', listener);
};
export function useLayout(): Layout {
  const scale = usePrefs(({ textSize }) => textSize) / defaultPrefs.textSize;
  return useSyncExternalStore(subscribe, () => layoutOf(window.innerWidth / scale));
}
