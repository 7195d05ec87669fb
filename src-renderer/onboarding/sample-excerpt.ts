export interface YamlLine {
  readonly id: number;
  readonly indent: string;
  /** The key of a `key: value` line, else empty. */
  readonly key: string;
  readonly rest: string;
}

/** The last job of a pipeline file, line by line: what the first view shows of what it will run. */
export function lastJobOf(yaml: string): readonly YamlLine[] {
  const lines = yaml.trimEnd().split(/\r?\n/);
  const from = lines.findLastIndex((line) => /^[\w-]+:\s*$/.test(line));
  return lines.slice(Math.max(0, from)).map((line, id) => {
    const [, indent = '', key = '', rest = ''] = /^(\s*(?:- )?)([\w-]+(?=:))?(.*)$/.exec(line) ?? [];
    return { id, indent, key, rest };
  });
}
