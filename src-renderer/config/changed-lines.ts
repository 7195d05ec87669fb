import { Chunk } from '@codemirror/merge';
import { type Extension, RangeSet, StateEffect, StateField, type Text } from '@codemirror/state';
import { GutterMarker, gutter } from '@codemirror/view';
import { textOf } from './merge-texts.ts';

/** Tells the editor what is on disk; lines that differ get a bar. */
export const setDiskText = StateEffect.define<string>();

class Bar extends GutterMarker {
  override elementClass = 'cm-changedLine';
}
const bar = new Bar();

interface Changed {
  readonly disk: Text;
  readonly bars: RangeSet<GutterMarker>;
}

const field = StateField.define<Changed>({
  create: (state) => ({ disk: state.doc, bars: RangeSet.empty }),
  update(value, { docChanged, effects, state }) {
    const told = effects.find((effect) => effect.is(setDiskText));
    if (!docChanged && told === undefined) return value;
    const disk = told === undefined ? value.disk : textOf(told.value);
    return { disk, bars: barsOf(disk, state.doc) };
  },
});

function barsOf(disk: Text, doc: Text): RangeSet<GutterMarker> {
  const starts = Chunk.build(disk, doc).flatMap(({ fromB, toB }) => {
    const first = doc.lineAt(Math.min(fromB, doc.length)).number;
    const last = doc.lineAt(Math.min(Math.max(fromB, toB - 1), doc.length)).number;
    return Array.from({ length: last - first + 1 }, (_, index) => doc.line(first + index).from);
  });
  return RangeSet.of([...new Set(starts)].map((at) => bar.range(at)));
}

export const changedLines = (): Extension => [
  field,
  gutter({ class: 'cm-changedLines', markers: (view) => view.state.field(field).bars }),
];
