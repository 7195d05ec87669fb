/**
 * Addresses that open a place of Harrier from outside: `harrier://job/KEY#L10-L20`, `harrier://runner/KEY`,
 * `harrier://add`, `harrier://settings` … They can only navigate: no part of one is ever run, sent or written (S14).
 */
const places: readonly { readonly pattern: RegExp; readonly hash: (id: string, lines: string) => string }[] = [
  { pattern: /^job\/([\w.-]{1,200})$/, hash: (id, lines) => `#/jobs/${id}${lines}` },
  { pattern: /^jobs$/, hash: () => '#/jobs' },
  { pattern: /^runner\/([\w.-]{1,200})$/, hash: (id) => `#/runners/${id}` },
  { pattern: /^runners$/, hash: () => '#/runners' },
  { pattern: /^pipeline\/([\w.-]{1,200})$/, hash: (id) => `#/pipelines/${id}` },
  { pattern: /^pipelines$/, hash: () => '#/pipelines' },
  { pattern: /^add$/, hash: () => '#/runners/add' },
  { pattern: /^settings$/, hash: () => '#/settings' },
];
const scheme = 'harrier://';
const longest = 300;

/** The place of the window that a link names, as the part behind `#`; undefined for anything that is no such link. */
export function readDeepLink(text: string): string | undefined {
  if (text.length > longest || !text.startsWith(scheme)) return undefined;
  const [path = '', fragment, ...more] = text.slice(scheme.length).split('#');
  // Systems put a slash behind a host that has no path.
  const name = path.replace(/\/$/, '');
  const lines = fragment === undefined ? '' : /^L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(fragment);
  if (lines === null || more.length > 0) return undefined;
  const found = places.find(({ pattern }) => pattern.test(name));
  if (found === undefined) return undefined;
  const id = found.pattern.exec(name)?.[1] ?? '';
  return found.hash(id, lines === '' ? '' : `/L${lines[1]}${lines[2] === undefined ? '' : `-L${lines[2]}`}`);
}

/** The first link among the words of a command line; whatever else stands there is not looked at. */
export const deepLinkIn = (words: readonly string[]): string | undefined =>
  words.map(readDeepLink).find((hash) => hash !== undefined);

/** The link to a place of the window; undefined for places that have none. */
export function deepLinkOf(hash: string): string | undefined {
  const [, view, id, lines] =
    /^#\/(jobs|runners|pipelines|settings)(?:\/([\w.-]+))?(?:\/(L[\d-L]+))?$/.exec(hash) ?? [];
  if (view === undefined) return undefined;
  const name = id === undefined ? view : `${view.replace(/s$/, '')}/${id}`;
  const link = `${scheme}${view === 'runners' && id === 'add' ? 'add' : name}${lines === undefined ? '' : `#${lines}`}`;
  return readDeepLink(link) === undefined ? undefined : link;
}
