/** Takes the output of a command out of what a driver hands on. */
export interface Unframer {
  write(chunk: Buffer): Promise<void> | undefined;
  /** What the command said and its code; `none`: there is no base64; undefined: something is missing, or mixed in. */
  end(): { readonly text: string } | 'none' | undefined;
}

type Part = 'before' | 'output' | 'said' | 'after' | 'none';

/**
 * Reads the frame of `commandByScript`: lines `MARK begin`, base64, `MARK said`, base64, `MARK end`. What stands before
 * and after is the driver's own; line ends may be those of a terminal. `onOutput` gets the bytes between the first two.
 */
export const createUnframer = (mark: string, onOutput: (data: Buffer) => Promise<void> | undefined): Unframer => {
  let part: Part = 'before';
  let line = '';
  let said = '';
  // base64 decodes in groups of four letters.
  let letters = '';
  let foreign = false;

  const flush = (): Promise<void> | undefined => {
    const whole = letters.length - (letters.length % 4);
    const text = letters.slice(0, whole);
    letters = letters.slice(whole);
    return text === '' ? undefined : onOutput(Buffer.from(text, 'base64'));
  };
  const takeLine = (text: string): void => {
    const words = text.replace(/\r$/, '');
    if (words.startsWith(mark)) {
      part = partAfter(words.slice(mark.length + 1));
      return;
    }
    if (part === 'output' || part === 'said') foreign ||= /[^A-Za-z0-9+/=]/.test(words);
    if (part === 'output') letters += words;
    else if (part === 'said') said += words;
  };
  return {
    write(chunk) {
      const lines = (line + chunk.toString('latin1')).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) takeLine(each);
      // macOS writes all of it in one line.
      if (part === 'output' && line !== '' && !line.startsWith('@')) {
        takeLine(line);
        line = '';
      }
      return flush();
    },
    end() {
      if (line !== '') takeLine(line);
      if (part === 'none') return 'none';
      if (part !== 'after' || foreign) return undefined;
      return { text: Buffer.from(said, 'base64').toString() };
    },
  };
};

const partAfter = (word: string): Part =>
  word === 'begin' ? 'output' : word === 'said' ? 'said' : word === 'end' ? 'after' : 'none';
