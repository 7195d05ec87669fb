/** A value of `[runners.docker]` that no engine could take. The message says what is wrong with it, not where it stands. */
export class ValueProblem extends Error {
  override readonly name = 'ValueProblem';
}
