/** What is searched for. */
export interface Query {
  readonly text: string;
  readonly matchCase: boolean;
  readonly wholeWord: boolean;
  readonly expression: boolean;
}
export const emptyQuery: Query = { text: '', matchCase: false, wholeWord: false, expression: false };

export interface Matcher {
  /** Where the matches of a line are: start and end, in order, not overlapping. */
  find(line: string): readonly (readonly [number, number])[];
}

/** Compiled rules of RE2: linear time, whatever expression a person types. */
interface Engine {
  compile(
    pattern: string,
    flags: number,
  ): { matcher(text: string): { find(): boolean; start(): number; end(): number } };
  readonly CASE_INSENSITIVE: number;
}
const loadEngine = async (): Promise<Engine> => (await import('re2js')).RE2JS as never;

/** A matcher for a query; throws with the reason when the expression is not one. */
export async function createMatcher({ text, matchCase, wholeWord, expression }: Query): Promise<Matcher> {
  if (!expression) {
    const wanted = matchCase ? text : text.toLowerCase();
    return {
      find(line) {
        // Lower case can change the length of a text (İ): such a line is searched as it is.
        const lower = matchCase ? line : line.toLowerCase();
        const where = lower.length === line.length ? lower : line;
        const found: [number, number][] = [];
        for (let at = where.indexOf(wanted); at !== -1; at = where.indexOf(wanted, at + wanted.length)) {
          const end = at + wanted.length;
          if (!wholeWord || (isBorder(line, at) && isBorder(line, end))) found.push([at, end]);
        }
        return found;
      },
    };
  }
  const engine = await loadEngine();
  const pattern = engine.compile(wholeWord ? `\\b(?:${text})\\b` : text, matchCase ? 0 : engine.CASE_INSENSITIVE);
  return {
    find(line) {
      const found: [number, number][] = [];
      const matcher = pattern.matcher(line);
      while (found.length < 1000 && matcher.find())
        if (matcher.end() > matcher.start()) found.push([matcher.start(), matcher.end()]);
      return found;
    },
  };
}

const word = /[\p{L}\p{N}_]/u;
const isBorder = (line: string, at: number): boolean => {
  const before = at > 0 && word.test(line[at - 1] as string);
  const after = at < line.length && word.test(line[at] as string);
  return before !== after;
};
