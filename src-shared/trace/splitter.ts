import { headerLength, mayBecomeHeader, readHeader } from './header.ts';
import { type Marker, readMarkers } from './markers.ts';

/**
 * Cuts a log into the lines that a person sees. Works on binary strings (one character a byte) and on any chunks: the
 * cuts are the same however the bytes arrive. What differs from splitting at newlines:
 * - a timestamped line with `+` goes on with the line before it, when both are of one stream;
 * - a line that holds section markers only is no line: it belongs to the one that follows;
 * - a marker behind text begins a line of its own, as GitLab shows it;
 * - lines longer than `longestLine` are cut, so that no line can fill the screen's memory.
 */
export interface LineSplitter {
  push(chunk: string): void;
  /** Lines begun so far, a last unfinished one included. */
  readonly lines: number;
  /** The byte at which the unfinished rest begins. */
  readonly restAt: number;
  state(): SplitterState;
}

/** All that a splitter knows between two chunks: another one goes on from it. */
export interface SplitterState {
  readonly carry: string;
  readonly carryAt: number;
  readonly middle: boolean;
  readonly count: number;
  readonly open: boolean;
  readonly told: boolean;
  readonly start: number;
  readonly startResume?: Resume | undefined;
  readonly stream: string;
  readonly early: boolean;
}

export interface SplitterEvents {
  /**
   * Line `index` begins at byte `offset`. `resume` says how to begin cutting at exactly this place later:
   * undefined = not possible here.
   */
  line(index: number, offset: number, resume: Resume | undefined): void;
  /** A marker in front of line `index`. */
  marker(index: number, marker: Marker): void;
}

/** A place to begin at: `middle` = inside of a line that was too long, where no header can be. */
export interface Resume {
  readonly offset: number;
  readonly middle: boolean;
}

export const longestLine = 16_384;

const beginAt = ({ offset, middle }: Resume): SplitterState => ({
  carry: '',
  carryAt: offset,
  middle,
  count: 0,
  open: false,
  told: false,
  start: 0,
  startResume: undefined,
  stream: '',
  early: false,
});

export function createLineSplitter(
  events: SplitterEvents,
  from: Resume | SplitterState = { offset: 0, middle: false },
): LineSplitter {
  // `carryAt`: byte offset of `carry`. `open`, `told`, `start`: the line that is being read, whether it was told, where
  // it begins. `early`: the unfinished rest was already shown as a line of its own.
  let { carry, carryAt, middle, count, open, told, start, startResume, stream, early } =
    'offset' in from ? beginAt(from) : from;

  const begin = (offset: number, resume: Resume | undefined): void => {
    open = true;
    told = false;
    start = offset;
    startResume = resume;
  };
  const tell = (): void => {
    if (told) return;
    told = true;
    events.line(count++, start, startResume);
  };

  /** One raw line (or a piece of one that is too long) at byte `offset`. */
  const take = (text: string, offset: number, ended: boolean): void => {
    const header = middle ? undefined : readHeader(text);
    const goesOn =
      open && (!told || (header?.continues === true && header.stream === stream)) && offset - start <= longestLine;
    // Behind a marker that ended in a carriage return, the runner's own clean-up of the line is printed as a `+` line.
    const behindMarker = goesOn && !told && header?.continues === true;
    if (!goesOn) begin(offset, { offset, middle });
    if (header !== undefined) stream = header.stream;
    else if (!middle) stream = '';
    let at = header === undefined ? 0 : headerLength;
    let sawMarker = false;
    for (const marker of readMarkers(text)) {
      if (hasText(text, at, marker.from)) tell();
      if (told) begin(offset + marker.from, undefined);
      sawMarker = true;
      events.marker(count, marker);
      at = marker.to;
    }
    if (hasText(text, at, text.length) || (ended && !sawMarker && !behindMarker)) tell();
    middle = !ended;
    // What follows a cut piece is a new line.
    if (!ended) open = false;
  };

  return {
    push(chunk) {
      let text = carry === '' ? chunk : carry + chunk;
      let base = carryAt;
      let at = 0;
      for (;;) {
        const newline = text.indexOf('\n', at);
        const end = newline === -1 ? text.length : newline;
        if (end - at > longestLine) {
          const cut = characterStart(text, at + longestLine);
          take(text.slice(at, cut), base + at, false);
          at = cut;
          continue;
        }
        if (newline === -1) break;
        take(text.slice(at, newline), base + at, true);
        at = newline + 1;
      }
      text = text.slice(at);
      base += at;
      carry = text;
      carryAt = base;
      early = isLineAlready(text);
    },
    get lines() {
      return count + (early ? 1 : 0);
    },
    get restAt() {
      return carryAt;
    },
    state: () => ({ carry, carryAt, middle, count, open, told, start, startResume, stream, early }),
  };

  /** The unfinished rest is a line of its own when it will begin one and holds text. */
  function isLineAlready(text: string): boolean {
    if (text === '' || (!middle && mayBecomeHeader(text))) return false;
    const header = middle ? undefined : readHeader(text);
    const markers = readMarkers(text);
    const from = markers.at(-1)?.to ?? (header === undefined ? 0 : headerLength);
    if (!hasText(text, from, text.length)) return false;
    if (markers.length === 0 && open && told && header?.continues === true && header.stream === stream) return false;
    return true;
  }
}

/** Whether anything but escapes and carriage returns stands in this part. */
function hasText(text: string, from: number, to: number): boolean {
  if (from >= to) return false;
  const first = text.charCodeAt(from);
  if (first > 0x20) return true;
  return text.slice(from, to).replace(/\x1b\[[\d;:?]*[@-~]|\r/g, '') !== '';
}

/** The last place at or before `at` where a UTF-8 character begins. */
function characterStart(text: string, at: number): number {
  for (let back = 0; back < 4; back++) if ((text.charCodeAt(at - back) & 0xc0) !== 0x80) return at - back;
  return at;
}
