/**
 * How many job requests of one entry may be in flight: `request_concurrency` is the most, the value used adapts to what
 * comes back (FF_USE_ADAPTIVE_REQUEST_CONCURRENCY; spec/coordinator-api.md 6.2).
 */
export interface RequestLimit {
  readonly now: number;
  note(answer: 'job' | 'none' | 'overloaded'): void;
}
const factors = { job: 1.1, none: 0.95, overloaded: 0.5 } as const;

export const createRequestLimit = (most: () => number, adaptive: () => boolean): RequestLimit => {
  let value = 0;
  const clamp = (number: number): number => Math.min(Math.max(number, 1), Math.max(1, most()));
  return {
    get now() {
      return adaptive() ? clamp(Math.ceil(value)) : Math.max(1, most());
    },
    note(answer) {
      value = clamp(value * factors[answer]);
    },
  };
};
