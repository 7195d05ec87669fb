/**
 * `$NAME` and `${NAME}` as Go's os.Expand replaces them (spec/job-lifecycle.md 4.3): one pass, unknown names are empty,
 * `$$` is `$`, the shell's special parameters and single digits are empty, `${}` and an unclosed `${` vanish.
 */
export const expand = (text: string, lookup: (name: string) => string | undefined): string => {
  let result = '';
  let done = 0;
  for (let at = text.indexOf('$'); at >= 0 && at + 1 < text.length; at = text.indexOf('$', done)) {
    result += text.slice(done, at);
    const { name, length } = readName(text, at + 1);
    // A dollar before anything that is no name stays; bad syntax is swallowed.
    if (name === '$' || (name === '' && length === 0)) result += '$';
    else if (name !== '') result += lookup(name) ?? '';
    done = at + 1 + length;
  }
  return done === 0 ? text : result + text.slice(done);
};

const special = /[*#$@!?\-0-9]/;
const word = /[A-Za-z0-9_]+/y;

/** The name that begins at `at`, right after the dollar, and how many characters belong to it. */
const readName = (text: string, at: number): { readonly name: string; readonly length: number } => {
  const first = text.charAt(at);
  if (first === '{') {
    const end = text.indexOf('}', at + 1);
    return end < 0 ? { name: '', length: 1 } : { name: text.slice(at + 1, end), length: end - at + 1 };
  }
  if (special.test(first)) return { name: first, length: 1 };
  word.lastIndex = at;
  const name = word.exec(text)?.[0] ?? '';
  return { name, length: name.length };
};
