import { useCallback, useEffect, useState } from 'react';
import { troubleOf } from '../app/wire-failure.ts';

/** How the last thing that a person did ended. */
export interface Told {
  readonly text: string;
  readonly bad: boolean;
}
/** How long a note of something done stands; a failure stands until the next one. */
const toldForMs = 8000;

export function useTold(): readonly [told: Told | undefined, tell: (work: Promise<string>) => void] {
  const [told, setTold] = useState<Told>();
  const tell = useCallback(
    (work: Promise<string>): void =>
      void work.then(
        (text) => setTold({ text, bad: false }),
        (error: unknown) => setTold({ text: troubleOf(error).message, bad: true }),
      ),
    [],
  );
  useEffect(() => {
    if (told === undefined || told.bad) return;
    const timer = setTimeout(() => setTold(undefined), toldForMs);
    return () => clearTimeout(timer);
  }, [told]);
  return [told, tell];
}
