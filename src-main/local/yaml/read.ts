import {
  type CollectionTag,
  type Document,
  isMap,
  LineCounter,
  parseAllDocuments,
  type ScalarTag,
  type YAMLError,
} from 'yaml';
import type { Place, Problems } from '../problems.ts';
import { convert } from './convert.ts';
import { describe, YamlMap } from './value.ts';

const largestBytes = 2 * 1024 * 1024;
/** Deeper brackets are refused before the parser, which walks them by recursion. */
const deepestBrackets = 200;

const referenceTags: readonly (CollectionTag | ScalarTag)[] = [
  { tag: '!reference', collection: 'seq' },
  // A reference that is no list is told in our words.
  { tag: '!reference', resolve: (text) => text },
];
/** Types of YAML 1.1 that GitLab does not load; their plain forms (dates) stay text. */
const refusedTags = /:(?:timestamp|binary|omap|pairs|set)$/;

/** Reads a file as GitLab does: YAML 1.1, merge keys, last of equal keys wins, only `!reference` as a tag. */
export function readYaml(text: string, file: string, problems: Problems): YamlMap | undefined {
  const top: Place = { file, line: 1 };
  if (Buffer.byteLength(text) > largestBytes) {
    problems.invalid(`the file has ${Buffer.byteLength(text)} bytes; at most 2 MiB are read`, top);
    return undefined;
  }
  const counter = new LineCounter();
  const placeAt = (offset: number): Place => ({ file, line: Math.max(1, counter.linePos(offset).line) });
  if (isTooDeep(text)) {
    problems.invalid('the file is nested too deep', top);
    return undefined;
  }
  const documents = parse(text, counter);
  const faults = documents.flatMap(({ errors, warnings }): YAMLError[] => [...errors, ...warnings]);
  for (const fault of faults) problems.invalid(wordsOf(fault), placeAt(fault.pos[0]));
  if (faults.length > 0) return undefined;
  const document = documents.at(-1);
  if (document === undefined || document.contents === null) {
    problems.invalid(`Please provide content of ${file}`, top);
    return undefined;
  }
  const [first] = documents;
  if (documents.length > 1 && first !== undefined) {
    const place = placeAt(first.contents?.range?.[0] ?? 0);
    if (isMap(first.contents) && first.contents.has('spec'))
      problems.unsupported('`spec:` (inputs of a file) is not supported locally yet', place);
    else problems.invalid('expected one YAML document, found several', placeAt(document.range?.[0] ?? 0));
    return undefined;
  }
  const value = convert(document, placeAt, problems);
  if (value === undefined || value instanceof YamlMap) return value;
  problems.invalid(`expected a map of jobs and keywords, found ${describe(value)}`, top);
  return undefined;
}

function parse(text: string, lineCounter: LineCounter): readonly Document[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: false,
    uniqueKeys: false,
    lineCounter,
    // Without a schema of its own the parser would warn about each date.
    customTags: (tags) => [
      ...tags.filter((tag) => typeof tag === 'string' || !refusedTags.test(tag.tag)),
      ...referenceTags,
    ],
  });
  return 'empty' in documents ? [] : documents;
}

function wordsOf(fault: YAMLError): string {
  const words = fault.message.split('\n')[0]?.replace(/ at line \d+.*$/, '') ?? 'this is not YAML';
  if (fault.code === 'TAG_RESOLVE_FAILED') return `${words}; only !reference is known`;
  // The parser reports its own exhausted stack as if it were a fault of the text.
  return words.startsWith('Maximum call stack') ? 'the file is nested too deep' : words;
}

/** Whether brackets or dashes nest so deep that a recursive parser could run out of stack. */
function isTooDeep(text: string): boolean {
  let open = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 0x5b || char === 0x7b) open += 1;
    else if ((char === 0x5d || char === 0x7d) && open > 0) open -= 1;
    if (open > deepestBrackets) return true;
  }
  return new RegExp(`(?:[-?:] ){${deepestBrackets},}`).test(text);
}
