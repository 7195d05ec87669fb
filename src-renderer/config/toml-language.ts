import { StreamLanguage, type StringStream } from '@codemirror/language';

interface State {
  /** The quotes of a text over several lines that is not closed yet. */
  open: '"""' | "'''" | undefined;
  /** Brackets and braces that are not closed yet: keys stand in braces, and on lines outside of brackets. */
  readonly nested: string[];
  value: boolean;
}

/**
 * The colours of TOML, line by line. A text that is not closed ends with its line, so that a quote that is typed does not
 * paint the rest of the file.
 */
export const tomlLanguage = StreamLanguage.define<State>({
  name: 'toml',
  startState: () => ({ open: undefined, nested: [], value: false }),
  copyState: (state) => ({ ...state, nested: [...state.nested] }),
  token(stream, state) {
    if (state.open !== undefined) return rest(stream, state, state.open);
    if (stream.sol() && !state.nested.includes('[')) state.value = false;
    if (stream.eatSpace()) return null;
    if (stream.eat('#')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (!state.value && state.nested.length === 0 && stream.match(/^\[\[?[^\]\n]*\]?\]?/)) return 'heading';
    const block = stream.match(/^(?:"""|''')/);
    if (block !== null && state.value) {
      state.open = stream.current() as '"""' | "'''";
      return rest(stream, state, state.open);
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'[^']*'?/))
      return state.value ? 'string' : 'propertyName';
    return state.value ? valueToken(stream, state) : keyToken(stream, state);
  },
  languageData: { commentTokens: { line: '#' }, closeBrackets: { brackets: ['[', '{', '"', "'"] } },
});

function rest(stream: StringStream, state: State, quotes: string): string {
  const end = stream.string.indexOf(quotes, stream.pos);
  if (end === -1) stream.skipToEnd();
  else {
    stream.pos = end + quotes.length;
    state.open = undefined;
  }
  return 'string';
}

function keyToken(stream: StringStream, state: State): string | null {
  if (stream.match(/^[\w-]+/)) return 'propertyName';
  const letter = stream.next();
  if (letter === '=') state.value = true;
  if (letter === '}') close(state);
  return null;
}

function valueToken(stream: StringStream, state: State): string | null {
  if (stream.match(/^(?:true|false)\b/)) return 'atom';
  if (stream.match(/^[+-]?(?:\d[\w:.+-]*|inf|nan)/)) return 'number';
  const letter = stream.next();
  if (letter === '[' || letter === '{') state.nested.push(letter);
  if (letter === '{') state.value = false;
  if (letter === ']' || letter === '}') close(state);
  if (letter === ',' && state.nested.at(-1) === '{') state.value = false;
  return null;
}

/** Behind a closed list or table stands a value's end; inside of a table around it the next key. */
function close(state: State): void {
  state.nested.pop();
  state.value = true;
}
