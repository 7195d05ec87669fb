import type { Diagnostic } from '@codemirror/lint';
import { keyAt } from '../../src-shared/config-schema.ts';
import type { ConfigFinding } from '../../src-shared/ipc.ts';
import { type Document, readDocument, samePath } from '../../src-shared/toml/document.ts';
import { type Edit, setValue } from '../../src-shared/toml/edit.ts';
import { renderKey } from '../../src-shared/toml/render.ts';
import { type TomlPath, valuesOf, writtenPath } from '../../src-shared/toml/values.ts';
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
    const pair = pairAt(readDocument(text), text, path);
    const part = pair?.node.key.keys.at(-1);
    return part ? text.slice(0, part.range[0]) + renderKey(fix.name) + text.slice(part.range[1]) : text;
  };

/** Findings as the editor marks them. The text may have gone on since it was checked. */
export function diagnosticsOf(
  text: string,
  findings: readonly ConfigFinding[],
  onFix: (finding: ConfigFinding) => void,
): Diagnostic[] {
  const document = tryRead(text);
  const lines = text.split('\n');
  return findings.flatMap((finding): Diagnostic[] => {
    const range = (document && rangeOf(document, text, finding)) ?? rangeOfLine(lines, finding);
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

function rangeOf(document: Document, text: string, finding: ConfigFinding): { from: number; to: number } | undefined {
  for (let { path } = finding; path.length > 0; path = path.slice(0, -1)) {
    const written = writtenPath(valuesOf(text), path);
    const pair = pairAt(document, text, path);
    if (pair !== undefined) {
      const about = keyAt(path) === undefined ? pair.node.key : pair.node.value;
      return firstLine(text, about.range);
    }
    const header = document.headers.find(({ resolvedKey }) => samePath(resolvedKey, written));
    if (header !== undefined) return firstLine(text, header.key.range);
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

const pairAt = (document: Document, text: string, path: TomlPath) => {
  const written = writtenPath(valuesOf(text), path);
  return document.pairs.find((pair) => samePath(pair.path, written));
};

function tryRead(text: string): Document | undefined {
  try {
    valuesOf(text);
    return readDocument(text);
  } catch {
    return undefined;
  }
}

/** The line on which a key stands; undefined when it is not written. */
export function lineOfPath(text: string, path: TomlPath): number | undefined {
  const document = tryRead(text);
  const range = document && rangeOf(document, text, { level: 'advice', path: [...path], message: '' });
  return range && text.slice(0, range.from).split('\n').length;
}
