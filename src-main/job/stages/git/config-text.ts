import type { Argument } from '../../../shells/types.ts';

/** One `[section "subsection"]` with its `key = value` lines, in order; a key may come twice. */
export interface ConfigSection {
  readonly section: string;
  readonly subsection?: string;
  readonly entries: readonly (readonly [key: string, value: Argument])[];
}

/**
 * The text of a git config file, written as git itself writes it (a value is quoted only when it must be), so that what
 * git copied can be found again. Writing the file takes no process, and no secret ever stands in an argument.
 */
export const configText = (sections: readonly ConfigSection[]): Argument[] =>
  sections.flatMap(({ section, subsection, entries }) => [
    `[${section}${subsection === undefined ? '' : ` "${subsection.replace(/["\\]/g, '\\$&')}"`}]\n`,
    ...entries.flatMap(([key, value]): Argument[] =>
      typeof value === 'string' ? [`\t${key} = ${configValue(value)}\n`] : [`\t${key} = `, value, '\n'],
    ),
  ]);

/** A value as one line of a config file. */
export const configValue = (value: string): string => {
  const escaped = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return /[;#"\\]|^\s|\s$/.test(value) ? `"${escaped}"` : escaped;
};
