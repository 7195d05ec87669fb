import { renderLine, type Span, type Style, visibleText } from './ansi.ts';
import { headerLength, readHeader } from './header.ts';
import { withoutMarkers } from './markers.ts';

/** A line as it is shown: what the job printed, and what was printed about it. */
export interface LogLine {
  readonly spans: readonly Span[];
  /** From the timestamp header; absent in logs without timestamps. */
  readonly timeMs?: number;
  readonly stderr?: boolean;
}

/** Splits a raw line (decoded, headers and markers still inside) into its parts. */
export function parseLine(raw: string, style: Style): { readonly line: LogLine; readonly style: Style } {
  const { text, timeMs, stderr } = stripLine(raw);
  const rendered = renderLine(text, style);
  return {
    line: {
      spans: rendered.spans,
      ...(timeMs !== undefined ? { timeMs } : {}),
      ...(stderr ? { stderr } : {}),
    },
    style: rendered.style,
  };
}

/** The text of a raw line as a person reads it. */
export const lineText = (raw: string): string => visibleText(stripLine(raw).text);

/** Takes headers, markers and the newlines inside of a line out; the time is that of the last header. */
function stripLine(raw: string): { text: string; timeMs: number | undefined; stderr: boolean } {
  const whole = raw.endsWith('\n') ? raw.slice(0, -1) : raw;
  if (!whole.includes('\n')) {
    const header = readHeader(whole);
    const text = header === undefined ? whole : whole.slice(headerLength);
    return { text: withoutMarkers(text), timeMs: header?.timeMs, stderr: header?.stream.endsWith('E') === true };
  }
  let text = '';
  let timeMs: number | undefined;
  let stderr = false;
  for (const part of whole.split('\n')) {
    const header = readHeader(part);
    text += header === undefined ? part : part.slice(headerLength);
    timeMs = header?.timeMs ?? timeMs;
    stderr = header?.stream.endsWith('E') ?? stderr;
  }
  return { text: withoutMarkers(text), timeMs, stderr };
}
