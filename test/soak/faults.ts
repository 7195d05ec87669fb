import type { TestCoordinatorOptions } from '../support/coordinator/index.ts';
import type { Random } from './random.ts';

type FaultOf = NonNullable<TestCoordinatorOptions['faultOf']>;
type Answer = NonNullable<ReturnType<FaultOf>>['answer'];

/** How each kind of request may go wrong, all equally likely. Never a plain no: that would be an answer, not a fault. */
const answers: Readonly<Record<string, readonly Answer[]>> = {
  POST: ['cut', 'lost', 'torn', 'twice', 'html', 'badJson', 'empty', 'again', 'none', 429, 500, 502, 503],
  PATCH: ['cut', 'lost', 'torn', 'twice', 'html', 'badJson', 'empty', 'range', 'none', 408, 429, 500, 502, 503],
  PUT: ['cut', 'lost', 'torn', 'twice', 'html', 'badJson', 'empty', 'none', 429, 500, 502, 503],
};

/** Meets so many of all requests with a fault, some of them late, and counts. */
export function createFaults(
  random: Random,
  share: number,
): { readonly faultOf: FaultOf; readonly counts: FaultCounts } {
  const counts: FaultCounts = { requests: 0, faults: 0, byAnswer: new Map() };
  return {
    counts,
    faultOf(method) {
      counts.requests += 1;
      const possible = answers[method];
      if (possible === undefined || random.next() >= share) return undefined;
      counts.faults += 1;
      const answer = random.pick(possible);
      counts.byAnswer.set(answer, (counts.byAnswer.get(answer) ?? 0) + 1);
      const isLate = answer === 'none' || random.next() < 0.2;
      return {
        answer,
        ...(isLate ? { delayMs: random.between(50, 2000) } : {}),
        ...(answer === 429 || answer === 503 ? { headers: { 'retry-after': '1' } } : {}),
      };
    },
  };
}

export interface FaultCounts {
  requests: number;
  faults: number;
  readonly byAnswer: Map<Answer, number>;
}
