import { useEffect, useMemo, useRef, useState } from 'react';
import { emptyQuery, type Query } from '../../src-shared/trace/index.ts';
import type { LogSource } from './log-source.ts';
import { firstMatchFrom, type Search, type SearchResult, startSearch } from './search.ts';

/** The search of one log: what was typed, what is found, which match is the current one (from 0, -1 = none). */
export interface LogSearch {
  readonly query: Query;
  readonly result: SearchResult | undefined;
  readonly current: number;
  /** Only lines with matches are shown. */
  readonly only: boolean;
  setOnly(only: boolean): void;
  setQuery(query: Query): void;
  setCurrent(current: number): void;
}

export function useLogSearch(source: LogSource, version: number, lineInView: () => number): LogSearch {
  const [query, setQuery] = useState<Query>(emptyQuery);
  const [result, setResult] = useState<SearchResult>();
  const [current, setCurrent] = useState(-1);
  const [only, setOnly] = useState(false);
  const search = useRef<Search>(undefined);
  const from = useRef(lineInView);
  from.current = lineInView;

  useEffect(() => {
    setResult(undefined);
    setCurrent(-1);
    if (query.text === '') return;
    let moved = false;
    const start = from.current();
    const made = startSearch(source, query, (found) => {
      setResult(found);
      // The first match from where a person looks is the current one, once it is known.
      if (moved || found.total === 0) return;
      const first = firstMatchFrom(found, start);
      if (first > 0 || found.done || (found.lines[0] ?? 0) >= start) {
        moved = true;
        setCurrent(first);
      }
    });
    search.current = made;
    return () => {
      made.stop();
      search.current = undefined;
    };
  }, [source, query]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks on whenever the log changed
  useEffect(() => search.current?.more(), [version]);

  return useMemo(
    () => ({ query, result, current, only, setOnly, setQuery, setCurrent }),
    [query, result, current, only],
  );
}
