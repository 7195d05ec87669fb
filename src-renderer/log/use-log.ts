import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { JobView } from '../../src-shared/ipc.ts';
import {
  createFoldMap,
  type FoldMap,
  type LogIndex,
  type Problem,
  type Section,
} from '../../src-shared/trace/index.ts';
import { useHarrier } from '../app/harrier.ts';
import { t } from '../app/text.ts';
import { type FoldChoices, foldedRanges, holdsProblem, isFolded, unfoldAround } from './fold-state.ts';
import { createLogSource, type LogSource } from './log-source.ts';

/** One job's log as the views need it: lines, what is folded, what went wrong. */
export interface Log {
  readonly source: LogSource;
  readonly version: number;
  readonly map: FoldMap;
  readonly problems: readonly Problem[];
  /** Sections by their header line. */
  readonly headers: ReadonlyMap<number, Section>;
  isFolded(section: Section): boolean;
  toggle(id: number): void;
  foldAll(folded: boolean): void;
  /** Unfolds whatever hides this line. */
  reveal(line: number): void;
}

export function useLog(job: JobView): Log {
  const { client } = useHarrier();
  const source = useMemo(() => createLogSource(client, job.key), [client, job.key]);
  const [choices, setChoices] = useState<FoldChoices>(new Map());
  const version = useSyncExternalStore(source.subscribe, () => source.version);
  const ended = job.endedMs !== undefined;
  // The last bytes come with the end of the job; an event for them may have been dropped.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asks again exactly when the job ends
  useEffect(() => source.refresh(), [ended, source]);

  const { index } = source;
  // While lines come in, problems stay the same list: sections count among them in a failed job only.
  const sectionsTo = job.state === 'failed' ? index.size : 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the index changes in place; its sizes tell
  const problems = useMemo(() => problemsOf(job.state, index), [index.problems.length, sectionsTo, job.state, index]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above; `version` tells
  const map = useMemo(
    () => createFoldMap(foldedRanges(index.sections, choices, problems, index.lines), index.lines),
    [version, choices, problems, index],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const headers = useMemo(() => new Map(index.sections.map((section) => [section.line, section])), [version, index]);
  const foldAll = useCallback(
    (folded: boolean) => setChoices(new Map(index.sections.map((section) => [section.id, folded]))),
    [index],
  );
  const reveal = useCallback(
    (line: number) => setChoices((now) => unfoldAround(line, index.sections, now, problems)),
    [index, problems],
  );
  return {
    source,
    version,
    map,
    problems,
    headers,
    isFolded: (section) => isFolded(section, choices, problems),
    toggle(id) {
      const section = index.sections[id];
      if (section) setChoices(new Map([...choices, [id, !isFolded(section, choices, problems)]]));
    },
    foldAll,
    reveal,
  };
}

/**
 * A passed job has no problems, whatever words it printed. A section that was cut off where the job failed is one unless
 * something in it says more; the runner's own last line counts where nothing else was found.
 */
function problemsOf(state: JobView['state'], { problems, sections }: LogIndex): readonly Problem[] {
  if (state === 'passed' || state === 'skipped') return none;
  const tools = problems.filter((problem) => !problem.final);
  const cut = state === 'failed' ? cutOff(sections, tools) : [];
  const found = [...tools, ...cut].sort((a, b) => a.line - b.line);
  return found.length > 0 ? found : [...problems];
}
function cutOff(sections: readonly Section[], tools: readonly Problem[]): Problem[] {
  const cut = sections.filter((section) => section.cut === true);
  const around = new Set(cut.map(({ parent }) => parent));
  return cut
    .filter((section) => !around.has(section.id) && !holdsProblem(section, tools))
    .map(({ line, endLine = line + 1, name }) => ({
      line: Math.max(line, endLine - 1),
      text: t('log.sectionFailed', { name }),
      final: false,
    }));
}
const none: readonly Problem[] = [];
