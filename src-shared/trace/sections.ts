import type { Marker } from './markers.ts';

/** A part of the log that folds. Lines count from 0. */
export interface Section {
  readonly id: number;
  readonly name: string;
  /** The header line. */
  readonly line: number;
  /** The first line behind it; absent while it is open. */
  readonly endLine?: number;
  readonly depth: number;
  readonly parent?: number;
  readonly startedSeconds: number;
  readonly endedSeconds?: number;
  /** It never said its own end: an outer section's end was its end. So it is with one that failed. */
  readonly cut?: boolean;
  readonly collapsed: boolean;
  readonly hideDuration: boolean;
}

/** A log can hold any number of markers; beyond this many they are taken out of the text but fold nothing. */
const mostSections = 20_000;
const deepest = 64;

export interface SectionList {
  readonly all: readonly Section[];
  /** Ids of those that have not ended, outer ones first. */
  readonly open: readonly number[];
  take(line: number, marker: Marker): void;
}

/** Pairs markers. An end without a start is ignored; the end of an outer section ends those inside of it. */
export function createSections(from?: Pick<SectionList, 'all' | 'open'>): SectionList {
  const all: Section[] = [...(from?.all ?? [])];
  const open: number[] = [...(from?.open ?? [])];
  const close = (id: number, line: number, seconds: number, cut: boolean): void => {
    const section = all[id] as Section;
    const endLine = Math.max(line, section.line + 1);
    all[id] = { ...section, endLine, endedSeconds: seconds, ...(cut ? { cut } : {}) };
  };
  return {
    all,
    open,
    take(line, marker) {
      if (marker.kind === 'start') {
        if (all.length >= mostSections || open.length >= deepest) return;
        const parent = open.at(-1);
        all.push({
          id: all.length,
          name: marker.name,
          line,
          depth: open.length,
          ...(parent !== undefined ? { parent } : {}),
          startedSeconds: marker.unixSeconds,
          collapsed: marker.collapsed,
          hideDuration: marker.hideDuration,
        });
        open.push(all.length - 1);
        return;
      }
      const at = open.findLastIndex((id) => all[id]?.name === marker.name);
      if (at === -1) return;
      for (const id of open.splice(at).reverse()) {
        // A section without a header line and without content shows nothing.
        if (all[id]?.line === line && id === all.length - 1) all.pop();
        else close(id, line, marker.unixSeconds, all[id]?.name !== marker.name);
      }
    },
  };
}
