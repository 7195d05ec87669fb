import type { Diagnostic } from '@codemirror/lint';
import { keyAt } from '../../src-shared/config-schema.ts';
import type { ConfigFinding } from '../../src-shared/ipc.ts';
import { type Document, readDocument, samePath } from '../../src-shared/toml/document.ts';
import { type Edit, setValue } from '../../src-shared/toml/edit.ts';
import { renderKey } from '../../src-shared/toml/render.ts';
import { type TomlPath, type TomlTable, valuesOf, writtenPath } from '../../src-shared/toml/values.ts';
import { t } from '../app/text.ts';

export type Severity = 'error' | 'warning' | 'info';
export const severityOf = ({ level }: Pick<ConfigFinding, 'level'>): Severity =>
  level === 'warning' ? 'warning' : level === 'advice' ? 'info' : 'error';

export const nextStepOf = ({ level }: Pick<ConfigFinding, 'level'>): string => t(`config.next.${level}`);

/** The label of what can be done about it; undefined when there is nothing. */
export const fixLabel = ({ fix }: Pick<ConfigFinding, 'fix'>): string | undefined =>
  fix && t('config.use', { value: fix.kind === 'rename' ? fix.name : fix.value });

export const fixEdit =
  (finding: ConfigFinding): Edit =>
  (text) => {
    const { fix, path } = finding;
    if (fix === undefined) return text;
    if (fix.kind === 'value') return setValue(path, fix.value)(text);
    const pair = pairAt(readDocument(text), writtenPath(valuesOf(text), path));
    const part = pair?.node.key.keys.at(-1);
    return part ? text.slice(0, part.range[0]) + renderKey(fix.name) + text.slice(part.range[1]) : text;
  };

/** Findings as the editor marks them. The text may have gone on since it was checked. */
export function diagnosticsOf(
  text: string,
  findings: readonly ConfigFinding[],
  onFix: (finding: ConfigFinding) => void,
): Diagnostic[] {
  const read = tryRead(text);
  const lines = text.split('\n');
  return findings.flatMap((finding): Diagnostic[] => {
    const range = (read && rangeOf(read, finding.path)) ?? rangeOfLine(lines, finding);
    const label = fixLabel(finding);
    return [
      {
        ...range,
        severity: severityOf(finding),
        message: `${finding.message}. ${nextStepOf(finding)}`,
        ...(label !== undefined ? { actions: [{ name: label, apply: () => onFix(finding) }] } : {}),
      },
    ];
  });
}

/** Where a key stands: its value, the name alone when no schema knows it, else the header of what it belongs to. */
function rangeOf({ document, values }: Read, path: TomlPath): { from: number; to: number } | undefined {
  const written = writtenPath(values, path);
  for (let place = written; place.length > 0; place = place.slice(0, -1)) {
    const pair = pairAt(document, place);
    if (pair !== undefined) {
      const about = keyAt(place) === undefined ? pair.node.key : pair.node.value;
      return firstLine(document.text, about.range);
    }
    const header = document.headers.find(({ resolvedKey }) => samePath(resolvedKey, place));
    if (header !== undefined) return firstLine(document.text, header.key.range);
  }
  return undefined;
}

/** A value over many lines is marked at its first one. */
const firstLine = (text: string, [from, to]: readonly [number, number]): { from: number; to: number } => {
  const end = text.indexOf('\n', from);
  return { from, to: end === -1 ? to : Math.min(to, end) };
};

function rangeOfLine(lines: readonly string[], { line = 1, column = 1 }: ConfigFinding): { from: number; to: number } {
  const place = Math.min(line, lines.length);
  const start = lines.slice(0, place - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const length = lines[place - 1]?.length ?? 0;
  const from = Math.min(column - 1, Math.max(0, length - 1));
  return { from: start + from, to: start + length };
}

const pairAt = (document: Document, written: TomlPath) => document.pairs.find((pair) => samePath(pair.path, written));

interface Read {
  readonly document: Document;
  readonly values: TomlTable;
}
function tryRead(text: string): Read | undefined {
  try {
    return { values: valuesOf(text), document: readDocument(text) };
  } catch {
    return undefined;
  }
}

/** The line on which a key stands, or the table it would belong to; undefined where there is none, or no TOML. */
export function lineOfPath(text: string, path: TomlPath): number | undefined {
  const read = tryRead(text);
  const range = read && rangeOf(read, path);
  return range && text.slice(0, range.from).split('\n').length;
}
