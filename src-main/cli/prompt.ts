import { createInterface } from 'node:readline/promises';
import { HarrierError } from '../../src-shared/errors.ts';

export interface Question {
  readonly text: string;
  /** The flag that would have answered. */
  readonly flag: string;
  readonly given?: string | undefined;
  readonly standard?: string;
  /** An empty answer is one. */
  readonly optional?: boolean;
  /** Why an answer does not do; it is asked for again. */
  readonly check?: (answer: string) => string | undefined;
}
export interface Prompt {
  ask(question: Question): Promise<string>;
  close(): void;
}

/**
 * Asks on stderr, reads stdin. What a flag has answered is not asked; unattended nothing is, and what is missing is
 * INPUT_INVALID with the flag's name, as is the end of the input.
 */
export function createPrompt(options: { readonly unattended: boolean }): Prompt {
  let lines: AsyncIterator<string> | undefined;
  let reader: ReturnType<typeof createInterface> | undefined;
  const read = async (): Promise<string | undefined> => {
    reader ??= createInterface({
      input: process.stdin,
      output: process.stderr,
      terminal: process.stdin.isTTY === true,
    });
    // Lines of a pipe may come all at once: the iterator keeps those that nobody has asked for yet.
    lines ??= reader[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    return done ? undefined : value;
  };
  return {
    async ask({ text, flag, given, standard, optional = false, check = () => undefined }) {
      if (given !== undefined && (given !== '' || optional)) {
        const wrong = check(given);
        if (wrong === undefined) return given;
        if (options.unattended) throw new HarrierError('INPUT_INVALID', `${flag}: ${wrong}`);
        process.stderr.write(`${wrong}\n`);
      } else if (options.unattended) {
        if (standard !== undefined) return standard;
        if (optional) return '';
        throw new HarrierError('INPUT_INVALID', `${flag} is missing; with --non-interactive nothing is asked`);
      }
      for (;;) {
        process.stderr.write(`${text}${standard !== undefined && standard !== '' ? `\n[${standard}]` : ''}: `);
        const line = await read();
        if (line === undefined)
          throw new HarrierError('INPUT_INVALID', `${flag} is missing and the input has ended`, {
            hint: 'Give the values as flags, and use --non-interactive.',
          });
        const answer = line.trim() === '' ? (standard ?? '') : line.trim();
        const wrong = answer === '' && !optional ? 'An answer is needed.' : check(answer);
        if (wrong === undefined) return answer;
        process.stderr.write(`${wrong}\n`);
      }
    },
    close: () => reader?.close(),
  };
}
