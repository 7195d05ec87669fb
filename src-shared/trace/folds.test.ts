import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFoldMap, createPickMap } from './folds.ts';

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

it('rows and lines fit each other when only some lines are shown', () =>
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (some) => {
      const shown = some.sort((a, b) => a - b);
      const map = createPickMap(shown);
      expect(map.rows).toBe(shown.length);
      expect(shown.map((_, row) => map.lineAt(row))).toEqual(shown);
      for (let line = 0; line < 62; line++) {
        expect(map.isHidden(line)).toBe(!shown.includes(line));
        expect(map.rowOf(line)).toBe(Math.max(0, shown.filter((each) => each <= line).length - 1));
      }
    }),
  ));
