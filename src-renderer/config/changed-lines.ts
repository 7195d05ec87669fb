import { type Extension, RangeSet, StateEffect, StateField, type Text } from '@codemirror/state';
import { GutterMarker, gutter } from '@codemirror/view';
import { hunksBetween } from '../../src-shared/line-diff.ts';

/** Tells the editor what is on disk; lines that differ get a bar. */
export const setDiskText = StateEffect.define<string>();

class Bar extends GutterMarker {
  override elementClass = 'cm-ownChange';
}
const bar = new Bar();

interface Changed {
  readonly disk: readonly string[];
  readonly bars: RangeSet<GutterMarker>;
}

const field = StateField.define<Changed>({
  create: (state) => ({ disk: state.doc.toJSON(), bars: RangeSet.empty }),
  update(value, { docChanged, effects, state }) {
    const told = effects.find((effect) => effect.is(setDiskText));
    if (!docChanged && told === undefined) return value;
    const disk = told === undefined ? value.disk : told.value.split('\n');
    return { disk, bars: barsOf(disk, state.doc) };
  },
});

/** A bar at each new line, and at the line below where some are gone. */
function barsOf(disk: readonly string[], doc: Text): RangeSet<GutterMarker> {
  const lines = hunksBetween(disk, doc.toJSON()).flatMap(({ newFrom, newTo }) =>
    Array.from({ length: Math.max(1, newTo - newFrom) }, (_, index) => Math.min(newFrom + index + 1, doc.lines)),
  );
  return RangeSet.of([...new Set(lines)].map((line) => bar.range(doc.line(line).from)));
}

export const changedLines = (): Extension => [
  field,
  gutter({ class: 'cm-ownChanges', markers: (view) => view.state.field(field).bars }),
];
