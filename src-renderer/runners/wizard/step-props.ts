import type { Draft } from './draft.ts';

/** What a step is given: the draft, how to change it, and the trouble of a field. */
export interface StepProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly troubleAt: (field: string) => NonNullable<Draft['trouble']>['trouble'] | undefined;
}
