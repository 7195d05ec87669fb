import { isAbsolute, posix, relative } from 'node:path';
import { HarrierError } from '../../src-shared/errors.ts';
import { compileGlob, type Glob, matchName, type Segment } from './glob.ts';
import type { Tree } from './tree.ts';
import type { SelectedEntry, Selection, SelectOptions } from './types.ts';

/**
 * Chooses files as GitLab Runner's file archiver does (spec/job-lifecycle.md 7.1): every match of a pattern is walked,
 * each visit counts (also the second visit of one file), excludes are asked for each path on its own.
 */
export function selectFrom(tree: Tree, options: SelectOptions): Selection {
  const work = createWork(tree, options);
  for (const path of options.paths) selectPath(work, path);
  if (options.untracked) selectUntracked(work, options.untracked);
  for (const [rule, count] of work.excluded) work.say('info', `${rule}: excluded ${count} files`);
  if (!tree.hasRoot) work.chosen.delete('');
  const entries = [...work.chosen.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { entries, messages: work.messages };
}

interface Work {
  readonly tree: Tree;
  readonly folder: string;
  readonly mostEntries: number;
  readonly chosen: Map<string, SelectedEntry>;
  readonly messages: { level: 'info' | 'warning' | 'error'; text: string }[];
  readonly excluded: Map<string, number>;
  /** The exclude pattern that takes this path, if one does. */
  ruleFor(path: string): string | undefined;
  say(level: 'info' | 'warning' | 'error', text: string): void;
}

function createWork(tree: Tree, options: SelectOptions): Work {
  const messages: Work['messages'] = [];
  const rules = options.exclude.flatMap((source) => {
    const inside = insideOf(options.folder, source);
    if (inside === undefined)
      messages.push({
        level: 'warning',
        text: `isExcluded: artifact path is not a subpath of project directory: ${source}`,
      });
    const glob = inside === undefined ? undefined : compileGlob(inside);
    return glob ? [{ source, glob }] : [];
  });
  const known = new Map<string, string | undefined>();
  return {
    tree,
    folder: options.folder,
    mostEntries: options.mostEntries ?? Number.POSITIVE_INFINITY,
    chosen: new Map(),
    messages,
    excluded: new Map(),
    ruleFor(path) {
      if (rules.length === 0) return undefined;
      if (!known.has(path)) known.set(path, rules.find(({ glob }) => glob.matches(path || '.'))?.source);
      return known.get(path);
    },
    say: (level, text) => void messages.push({ level, text }),
  };
}

function selectPath(work: Work, path: string): void {
  if (path === '') return void work.say('warning', 'No matching files. Path is empty.');
  const inside = insideOf(work.folder, path);
  if (inside === undefined)
    return void work.say('warning', `processPath: artifact path is not a subpath of project directory: ${path}`);
  const glob = compileGlob(inside);
  let found = 0;
  if (!glob) return void work.say('warning', `${path}: syntax error in pattern`);
  for (const match of matchesIn(work.tree, glob)) found += walk(work, match);
  if (found > 0) work.say('info', `${path}: found ${found} matching artifact files and directories`);
  else
    work.say(
      'warning',
      `${path}: no matching files. Ensure that the artifact path is relative to the working directory (${work.folder})`,
    );
}

function selectUntracked(work: Work, untracked: readonly string[]): void {
  let found = 0;
  for (const path of untracked) if (take(work, posix.normalize(path))) found++;
  if (found > 0) work.say('info', `untracked: found ${found} files`);
  else work.say('warning', 'untracked: no files');
}

/** The match and everything below it; answers how many were taken. */
function walk(work: Work, start: string): number {
  let found = 0;
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (take(work, path)) found++;
    if (work.tree.entry(path)?.kind !== 'directory') continue;
    for (const name of work.tree.names(path)) open.push(path === '' ? name : `${path}/${name}`);
  }
  return found;
}

function take(work: Work, path: string): boolean {
  if (path === '..' || path.startsWith('../')) {
    work.say('warning', `${path}: not supported: outside build directory`);
    return false;
  }
  const rule = work.ruleFor(path);
  if (rule !== undefined) {
    work.excluded.set(rule, (work.excluded.get(rule) ?? 0) + 1);
    return false;
  }
  if (work.chosen.has(path)) return true;
  const entry = work.tree.entry(path);
  if (entry === undefined) return false;
  if (work.chosen.size >= work.mostEntries)
    throw new HarrierError('ARCHIVE_LIMIT', `more than ${work.mostEntries} files and folders match`, {
      hint: 'Name fewer of them, or pack them into one file in the script.',
    });
  if (entry.kind !== 'special') work.chosen.set(path, entry);
  return true;
}

/** Every path that the pattern names, once each. */
function matchesIn(tree: Tree, glob: Glob): Set<string> {
  const found = new Set<string>();
  for (const segments of glob.alternatives) descend(tree, segments, 0, '', true, found);
  return found;
}

/** `literalOnly`: no wildcard was passed yet, so links are followed, also the last one (as the Go library does). */
function descend(
  tree: Tree,
  segments: readonly Segment[],
  index: number,
  path: string,
  literalOnly: boolean,
  found: Set<string>,
): void {
  const segment = segments[index];
  if (segment === undefined) {
    if (literalOnly ? tree.leads(path) : tree.entry(path) !== undefined) found.add(path);
    return;
  }
  const below = (name: string) => (path === '' ? name : `${path}/${name}`);
  if (segment.kind === 'literal') {
    // The folder itself is written '.'; an empty segment comes from a trailing slash that is cleaned away before.
    const next = segment.text === '.' || segment.text === '' ? path : below(segment.text);
    const inFolder = literalOnly || tree.entry(path)?.kind === 'directory';
    if (inFolder && tree.entry(next) !== undefined) descend(tree, segments, index + 1, next, literalOnly, found);
    return;
  }
  const names = tree.names(path, { follow: literalOnly });
  if (segment.kind === 'any') {
    const last = index === segments.length - 1;
    if (last && (names.length > 0 || tree.entry(path)?.kind === 'directory')) found.add(path);
    else if (!last) descend(tree, segments, index + 1, path, false, found);
    for (const name of names) {
      const child = below(name);
      const kind = tree.entry(child)?.kind;
      if (kind === 'directory') descend(tree, segments, index, child, false, found);
      else if (last && kind !== undefined) found.add(child);
    }
    return;
  }
  for (const name of names) if (matchName(segment, name)) descend(tree, segments, index + 1, below(name), false, found);
}

/** A pattern as a clean path below the folder ('.' for the folder itself); undefined when it leaves it. */
function insideOf(folder: string, pattern: string): string | undefined {
  const slashed = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;
  const own = folder.replaceAll('\\', '/');
  let inside = slashed;
  if (isAbsolute(pattern) || slashed.startsWith('/')) {
    if (slashed !== own && !slashed.startsWith(own.endsWith('/') ? own : `${own}/`)) {
      const cleaned = posix.relative(own, posix.normalize(slashed));
      if (process.platform === 'win32' ? isAbsolute(relative(folder, pattern)) : cleaned.startsWith('..'))
        return undefined;
      inside = cleaned;
    } else inside = slashed.slice(own.length).replace(/^\/+/, '');
  }
  const clean = posix.normalize(inside === '' ? '.' : inside).replace(/\/+$/, '');
  if (clean === '..' || clean.startsWith('../')) return undefined;
  return clean === '' ? '.' : clean;
}
