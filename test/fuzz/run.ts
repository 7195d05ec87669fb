import fc from 'fast-check';

/** A reader of what others wrote, with the inputs to try it on. `read` throws where it breaks its promise. */
export interface Target<Input = unknown> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  readonly read: (input: Input) => void | Promise<void>;
  /** Frees what the tries needed. */
  readonly close?: () => Promise<void>;
}
/** Keeps each target's type of input to itself, so that all fit in one list. */
export const target = <Input>(made: Target<Input>): Target => made as unknown as Target;

export interface FuzzReport {
  readonly name: string;
  readonly inputs: number;
  readonly slowestMs: number;
  readonly peakMb: number;
  /** The smallest input that was found, and what it does; undefined: nothing was found. */
  readonly problem: string | undefined;
}

/** One input may take this long. */
const limitMs = 1000;

/** Tries so many inputs, which the seed fixes. */
export async function fuzz({ name, inputs, read, close }: Target, count: number, seed: number): Promise<FuzzReport> {
  let slowestMs = 0;
  let tried = 0;
  const property = fc.asyncProperty(inputs, async (input) => {
    tried += 1;
    const started = performance.now();
    await read(input);
    const tookMs = performance.now() - started;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > limitMs) throw new Error(`took ${Math.round(tookMs)} ms`);
  });
  try {
    const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: count, seed });
    const example = JSON.stringify(counterexample)?.slice(0, 2000);
    const stack = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
    return {
      name,
      inputs: tried,
      slowestMs: Math.round(slowestMs),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      problem: failed ? `${example}\n${stack}` : undefined,
    };
  } finally {
    await close?.();
  }
}
