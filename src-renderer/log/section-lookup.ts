import type { JobView } from '../../src-shared/ipc.ts';
import type { Section } from '../../src-shared/trace/index.ts';
import { stageTime } from '../ui/format.ts';
import type { SearchResult } from './search.ts';
import type { Log } from './use-log.ts';

/** The innermost section that a line lies in, its header included. */
export function enclosing(sections: readonly Section[], line: number): Section | undefined {
  // Sections are in the order of their headers: the last one that begins at or above the line and has not ended.
  for (let at = lastAtOrAbove(sections, line); at >= 0; at--) {
    const section = sections[at] as Section;
    if ((section.endLine ?? Number.POSITIVE_INFINITY) > line) return section;
    if (section.depth === 0) return undefined;
  }
  return undefined;
}
function lastAtOrAbove(sections: readonly Section[], line: number): number {
  let low = 0;
  let high = sections.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sections[middle] as Section).line <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
export const depthOf = (sections: readonly Section[], line: number): number => {
  const section = enclosing(sections, line);
  return section === undefined ? 0 : section.depth + 1;
};
export function stickySection(sections: readonly Section[], topLine: number, log: Log): Section | undefined {
  const section = enclosing(sections, topLine);
  return section !== undefined && section.line < topLine && !log.isFolded(section) ? section : undefined;
}

/** Stages are timed in ms, markers in whole seconds: the stage of this name knows better. */
export function durationOf(section: Section, job: JobView, nowMs: number | undefined): string | undefined {
  const stage = job.stages.find((each) => each.name === section.name);
  if (stage?.endedMs !== undefined) return stageTime(stage.endedMs - stage.startedMs);
  const endMs = section.endedSeconds !== undefined ? section.endedSeconds * 1000 : (nowMs ?? job.endedMs);
  if (endMs === undefined) return undefined;
  const ms = endMs - (stage?.startedMs ?? section.startedSeconds * 1000);
  return ms < 60_000 && stage === undefined ? `${Math.max(0, Math.round(ms / 1000))} s` : stageTime(ms);
}

export function matchesBetween(result: SearchResult | undefined, from: number, to: number): number {
  if (result === undefined) return 0;
  let sum = 0;
  for (const [at, line] of result.lines.entries()) {
    if (line >= to) break;
    if (line >= from) sum += (result.before[at + 1] ?? result.total) - (result.before[at] ?? 0);
  }
  return sum;
}
