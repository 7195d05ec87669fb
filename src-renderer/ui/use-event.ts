import { useCallback, useRef } from 'react';

/** The same function for as long as the caller is shown; it does what it was last drawn with. For parts that are memoized. */
export function useEvent<Args extends readonly unknown[]>(act: (...args: Args) => void): (...args: Args) => void {
  const latest = useRef(act);
  latest.current = act;
  return useCallback((...args: Args): void => latest.current(...args), []);
}
