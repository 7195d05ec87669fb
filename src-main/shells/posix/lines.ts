/**
 * What CI_DEBUG_TRACE shows of a line. `export`: a variable of the job. `shown`: what the job asked for (its lines, git).
 * `quiet`: machinery, which may hold secrets that no masker knows (an encoded password). `either`: stays as it is;
 * also where a switch would change `$?`. `border`: where branches begin and end, so that the state is not known.
 */
export type LineKind = 'export' | 'shown' | 'quiet' | 'either' | 'border';

export interface Line {
  readonly text: string;
  readonly kind: LineKind;
}

export const plainBody = (lines: readonly Line[]): string => lines.map(({ text }) => `${text}\n`).join('');

/**
 * The same lines in three parts for a traced script: machinery before the variables, the variables (as the official
 * runner does, a trace shows them as one text first), the rest with the trace switched on and off in between.
 */
export const tracedBody = (lines: readonly Line[]): { before: string; exports: string; after: string } => {
  const first = lines.findIndex(({ kind }) => kind === 'export');
  const length = first < 0 ? 0 : lines.slice(first).findIndex(({ kind }) => kind !== 'export');
  const start = Math.max(first, 0);
  const end = length < 0 ? lines.length : start + length;
  return {
    before: plainBody(lines.slice(0, start)),
    exports: plainBody(lines.slice(start, end)),
    after: switched(lines.slice(end)),
  };
};

type State = 'on' | 'off' | 'unknown';
const on = '{ set -o xtrace; } 2>/dev/null\n';
const off = '{ set +o xtrace; } 2>/dev/null\n';

/** Begins with the trace off. Once the job's lines are shown nothing switches between them: a `set +x` of theirs counts. */
const switched = (lines: readonly Line[]): string => {
  let state: State = 'off';
  let script = '';
  for (const { text, kind } of lines) {
    const wanted: State = kind === 'export' || kind === 'shown' ? 'on' : kind === 'quiet' ? 'off' : state;
    if (wanted !== state) script += wanted === 'on' ? on : off;
    state = kind === 'border' ? 'unknown' : wanted;
    script += `${text}\n`;
  }
  return script;
};
