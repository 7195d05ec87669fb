import { createStore, type StoreApi } from 'zustand/vanilla';

/** What this window remembers about itself. Nothing of the engine stands here. */
export interface Prefs {
  readonly theme: 'system' | 'light' | 'dark';
  readonly times: 'off' | 'elapsed' | 'clock';
  /** Size of the window's usual letters, px; everything else grows with them. */
  readonly textSize: (typeof textSizes)[number];
  /** Size of the letters in logs, px at the usual size of the window. */
  readonly logSize: (typeof logSizes)[number];
  readonly wrap: boolean;
  /** Shortcuts of one letter (E, T, W) in list and log. */
  readonly letterKeys: boolean;
  /** Size of the letters in terminals, px. */
  readonly terminalFont: (typeof fontSizes)[number];
  /** Terminals keep their lines as text for a screen reader, which costs speed. */
  readonly screenReader: boolean;
  /** Of the texts. The made-up ones show what is not translated, and what does not fit or does not mirror. */
  readonly language: (typeof languages)[number];
}
export const languages = ['system', 'qps-ploc', 'qps-plocm'] as const;
export const textSizes = [12, 13, 14, 15, 16] as const;
export const logSizes = [10, 11, 12, 13, 14, 16] as const;
export const fontSizes = [10, 11, 12, 13, 14, 16, 18, 20, 24] as const;
export interface PrefsStore extends StoreApi<Prefs> {}

export const defaultPrefs: Prefs = {
  theme: 'system',
  textSize: 13,
  logSize: 12,
  times: 'elapsed',
  wrap: false,
  letterKeys: true,
  terminalFont: 13,
  screenReader: false,
  language: 'system',
};
const storageKey = 'harrier.prefs';

/** Preferences kept in the browser's storage; without one (private windows) they last as long as the window. */
export function createPrefs(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): PrefsStore {
  const store = createStore<Prefs>()(() => ({ ...defaultPrefs, ...read(storage) }));
  store.subscribe((prefs) => {
    try {
      storage?.setItem(storageKey, JSON.stringify(prefs));
    } catch {}
  });
  return store;
}

function read(storage: Pick<Storage, 'getItem'> | undefined): Partial<Prefs> {
  try {
    const raw: unknown = JSON.parse(storage?.getItem(storageKey) ?? '{}');
    const kept = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
    const allowed: { readonly [K in keyof Prefs]: readonly Prefs[K][] } = {
      theme: ['system', 'light', 'dark'],
      textSize: textSizes,
      logSize: logSizes,
      times: ['off', 'elapsed', 'clock'],
      wrap: [true, false],
      letterKeys: [true, false],
      terminalFont: fontSizes,
      screenReader: [true, false],
      language: languages,
    };
    return Object.fromEntries(
      Object.entries(allowed).flatMap(([key, values]) =>
        (values as readonly unknown[]).includes(kept[key]) ? [[key, kept[key]]] : [],
      ),
    );
  } catch {
    return {};
  }
}
