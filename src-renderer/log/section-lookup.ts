import type { JobView } from '../../src-shared/ipc.ts';
import { countAtMost, type Section } from '../../src-shared/trace/index.ts';
import { roundTime, stageTime } from '../ui/format.ts';
import type { Log } from './use-log.ts';

/** The innermost section that a line lies in, its header included. */
export function enclosing(sections: readonly Section[], line: number): Section | undefined {
  // Sections are in the order of their headers: it is the last one that begins at or above the line, or one around that.
  const last = countAtMost(sections.length, line, (at) => (sections[at] as Section).line) - 1;
  let section = sections[last];
  while (section !== undefined && (section.endLine ?? Number.POSITIVE_INFINITY) <= line)
    section = section.parent === undefined ? undefined : sections[section.parent];
  return section;
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
  return ms < 60_000 && stage === undefined ? roundTime(Math.max(0, Math.round(ms / 1000))) : stageTime(ms);
}
