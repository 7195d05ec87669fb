import { afterAll, beforeAll, it } from 'vitest';
import { describeWith } from '../support/require.ts';
import { alone, type Behaviour, behaviours } from './behaviours.ts';
import { type Bench, openBench } from './bench.ts';
import { places } from './places/index.ts';
import { columnOf, writeColumn } from './table.ts';

/**
 * Whole jobs on every executor of the list. `HARRIER_WRITE_DOCS=1` writes what a run has shown into docs/executors.md;
 * without it the page has to say that already.
 */
for (const place of places)
  describeWith(place.needs, `jobs on ${place.name}`, () => {
    let bench: Bench;
    const shown: Record<string, string> = {};
    const rows: readonly Behaviour[] = [...behaviours, ...alone];
    beforeAll(async () => {
      bench = await openBench(place);
    });
    afterAll(() => bench?.close());

    const check = async (row: Behaviour): Promise<void> => {
      await row.check(bench);
      shown[row.name] = row.says?.(place.differs ?? {}) ?? 'yes';
    };
    for (const row of behaviours) it.concurrent(row.name, () => check(row));
    for (const row of alone) it(row.name, () => check(row));

    it('docs/executors.md says what was shown here', ({ expect }) => {
      const cells = Object.fromEntries(rows.map(({ name }) => [name, shown[name] ?? '']));
      expect(Object.keys(cells).filter((name) => cells[name] === '')).toEqual([]);
      if (process.env['HARRIER_WRITE_DOCS'])
        writeColumn(
          place.name,
          cells,
          places.map(({ name }) => name),
        );
      expect(columnOf(place.name)).toEqual(cells);
    });
  });
