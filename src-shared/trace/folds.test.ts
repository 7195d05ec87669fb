import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFoldMap } from './folds.ts';

it('rows and lines fit each other, whatever is folded', () =>
  fc.assert(
    fc.property(fc.nat(60), fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 8 }), (lines, ranges) => {
      const map = createFoldMap(ranges, lines);
      const shown = Array.from({ length: lines }, (_, line) => line).filter(
        (line) => !ranges.some(([from, to]) => line >= from && line < to),
      );
      expect(map.rows).toBe(shown.length);
      expect(shown.map((_, row) => map.lineAt(row))).toEqual(shown);
      for (let line = 0; line < lines; line++) {
        expect(map.isHidden(line)).toBe(!shown.includes(line));
        const above = shown.filter((each) => each <= line).length - 1;
        expect(map.rowOf(line)).toBe(Math.max(0, above));
      }
    }),
  ));
