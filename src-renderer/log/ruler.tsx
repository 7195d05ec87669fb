import { memo } from 'react';
import { countAtMost, type FoldMap, type Problem } from '../../src-shared/trace/index.ts';
import styles from './log.module.css';

/** Ticks stand in so many places at most; more cannot be told apart. */
const places = 250;

/** Where problems and matches lie in the whole log. A picture only: lists and counts say the same in words. */
export const Ruler = memo(function Ruler({
  map,
  problems,
  matches,
}: {
  readonly map: FoldMap;
  readonly problems: readonly Problem[];
  readonly matches: readonly number[] | undefined;
}) {
  const placeOf = (line: number): number => Math.floor((map.rowOf(line) / Math.max(1, map.rows)) * places);
  const bad = new Set(problems.map((problem) => placeOf(problem.line)));
  const found = matches === undefined ? [] : placesWith(matches, map);
  return (
    <div aria-hidden="true" className={styles['ruler']}>
      {found.map((place) => (
        <span
          className={styles['tick']}
          key={`match-${place.toString()}`}
          style={{ top: `${(place / places) * 100}%` }}
        />
      ))}
      {[...bad].map((place) => (
        <span
          className={styles['tick']}
          data-problem=""
          key={`problem-${place.toString()}`}
          style={{ top: `${(place / places) * 100}%` }}
        />
      ))}
    </div>
  );
});

/** The places that hold a match. There can be a million matches: each place looks for its own. */
function placesWith(matches: readonly number[], map: FoldMap): number[] {
  const before = (place: number): number => {
    const row = Math.ceil((place / places) * map.rows);
    const line = row >= map.rows ? Number.POSITIVE_INFINITY : map.lineAt(row);
    return countAtMost(matches.length, line - 1, (at) => matches[at] as number);
  };
  return Array.from({ length: places }, (_, place) => place).filter((place) => before(place + 1) > before(place));
}
