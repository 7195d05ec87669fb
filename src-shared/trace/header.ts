/** The 32 bytes before each line of a timestamped trace (FF_TIMESTAMPS; spec/job-lifecycle.md 9.4). */
export const headerLength = 32;

export interface LineHeader {
  readonly timeMs: number;
  /** Stream number and kind: `00O` is the runner, `01O` and `01E` the script. */
  readonly stream: string;
  /** Goes on with the previous line of the same stream. */
  readonly continues: boolean;
}

const pattern = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})\d{3}Z ([0-9a-f]{2}[OE])([ +])/y;

/** The header that begins at `at`, or undefined. */
export function readHeader(text: string, at = 0): LineHeader | undefined {
  // Cheap refusal first: most lines of a log without timestamps end here.
  if (text.charCodeAt(at + 4) !== 0x2d || text.charCodeAt(at + 10) !== 0x54) return undefined;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const timeMs = Date.parse(`${match[1]}Z`);
  return Number.isNaN(timeMs) ? undefined : { timeMs, stream: match[2] as string, continues: match[3] === '+' };
}

/** Text that may still become a header when more of it arrives. */
export const mayBecomeHeader = (text: string): boolean =>
  text.length < headerLength && /^\d{1,4}(?:-[\dT:.\-Z OE+a-f]*)?$/.test(text);
