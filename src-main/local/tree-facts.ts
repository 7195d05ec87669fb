import { createHash } from 'node:crypto';
import type { RuleFacts } from './compile/rules.ts';
import { git, tryGit } from './serve/git.ts';
import type { Repository } from './serve/repository.ts';
import type { Snapshot } from './serve/snapshot.ts';

type Changed = readonly string[] | 'unknown' | 'noRef';

/** Where facts about files come from: the snapshot of a run, or the work tree itself when nothing is run. */
export interface FactSource {
  /** Paths with the id of their content (empty where it is not known). */
  files(): Promise<ReadonlyMap<string, string>>;
  /** Paths that differ from a commit. */
  differences(base: string): Promise<readonly string[]>;
}

/**
 * Answers what rules and cache keys ask about files. The compile asks without waiting: what is not known yet gets an
 * empty answer and is noted, `fetch` gets it, and the compile is made again. Most files never ask, and pay nothing.
 */
export interface TreeFacts extends Pick<RuleFacts, 'files' | 'changed'> {
  readonly hashFiles: (files: readonly string[]) => string | undefined;
  /** Gets what was asked for; whether there was anything to get. */
  fetch(): Promise<boolean>;
}

export function createTreeFacts(repository: Repository, source: FactSource): TreeFacts {
  let known: ReadonlyMap<string, string> | undefined;
  let wantsFiles = false;
  const changes = new Map<string, Changed>();
  const wantedChanges = new Set<string>();

  const files = (): ReadonlyMap<string, string> => {
    if (known === undefined) wantsFiles = true;
    return known ?? new Map();
  };
  return {
    files: () => [...files().keys()],
    hashFiles(paths) {
      const found = paths.map((path) => files().get(path)).filter((id) => id !== undefined);
      if (found.length === 0) return undefined;
      return createHash('sha1').update(found.sort().join('')).digest('hex');
    },
    changed(compareTo = '') {
      const answer = changes.get(compareTo);
      if (answer === undefined) wantedChanges.add(compareTo);
      return answer ?? 'unknown';
    },
    async fetch() {
      const refs = [...wantedChanges];
      const getsFiles = wantsFiles;
      wantsFiles = false;
      wantedChanges.clear();
      await Promise.all([
        getsFiles ? source.files().then((found) => void (known = found)) : undefined,
        ...refs.map(async (ref) => void changes.set(ref, await changedSince(repository, source, ref))),
      ]);
      return getsFiles || refs.length > 0;
    },
  };
}

async function changedSince(repository: Repository, source: FactSource, compareTo: string): Promise<Changed> {
  const base = compareTo === '' ? await baseOf(repository) : await commonWith(repository, compareTo);
  if (base !== undefined) return source.differences(base);
  return compareTo === '' ? 'unknown' : 'noRef';
}

/**
 * What `changes` compares with when nothing is said: where the branch left the default branch; on the default branch
 * itself what is uncommitted, and without that the commit before. Undefined: there is no commit before.
 */
async function baseOf(repository: Repository): Promise<string | undefined> {
  const { head, ref, defaultBranch, dirty } = repository;
  const fork =
    (await mergeBase(repository, `refs/remotes/origin/${defaultBranch}`)) ??
    (ref === defaultBranch ? undefined : await mergeBase(repository, `refs/heads/${defaultBranch}`));
  if (fork !== undefined && (fork !== head || dirty)) return fork;
  if (fork === undefined && dirty) return head;
  return (await tryGit(['rev-parse', '--verify', '--quiet', `${head}^`], { cwd: repository.root })) || undefined;
}

/** The merge base with a branch, a tag or a commit; a branch of the remote counts as a server would know it. */
async function commonWith(repository: Repository, name: string): Promise<string | undefined> {
  const full = name.startsWith('refs/') || /^[0-9a-f]{7,64}$/.test(name) ? [name] : [];
  for (const ref of [`refs/remotes/origin/${name}`, `refs/heads/${name}`, `refs/tags/${name}`, ...full]) {
    const base = await mergeBase(repository, ref);
    if (base !== undefined) return base;
  }
  return undefined;
}

const mergeBase = async ({ root, head }: Repository, ref: string): Promise<string | undefined> =>
  (await tryGit(['merge-base', head, ref], { cwd: root })) || undefined;

const lines = (text: string): string[] => text.split('\0').filter(Boolean);

export const snapshotSource = ({ folder, sha }: Snapshot): FactSource => ({
  async files() {
    const listing = await git(['ls-tree', '-r', '-z', sha], { cwd: folder });
    return new Map(lines(listing).map((line) => [line.slice(line.indexOf('\t') + 1), line.split(/\s/, 3)[2] ?? '']));
  },
  differences: async (base) =>
    lines(await git(['diff', '--name-only', '--no-renames', '--no-ext-diff', '-z', base, sha], { cwd: folder })),
});

/** What is tracked or untracked and not ignored, without what was deleted. */
export const workTreeSource = ({ root }: Repository): FactSource => ({
  async files() {
    const [all, deleted] = await Promise.all([
      git(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root }),
      git(['ls-files', '-z', '--deleted'], { cwd: root }),
    ]);
    const gone = new Set(lines(deleted));
    return new Map(
      lines(all)
        .filter((path) => !gone.has(path))
        .map((path) => [path, '']),
    );
  },
  async differences(base) {
    const [tracked, untracked] = await Promise.all([
      git(['diff', '--name-only', '--no-renames', '--no-ext-diff', '-z', base], { cwd: root }),
      git(['ls-files', '-z', '--others', '--exclude-standard'], { cwd: root }),
    ]);
    return [...lines(tracked), ...lines(untracked)];
  },
});
