import type { AST } from 'toml-eslint-parser';

/** Line and column (from 1) of the key that stands at this path; the nearest parent's when it stands in none itself. */
export function findPosition(
  tree: AST.TOMLProgram,
  keys: readonly (string | number)[],
): { readonly line: number; readonly column: number } | undefined {
  let best: { length: number; node: AST.TOMLNode } | undefined;
  const note = (path: readonly (string | number)[], node: AST.TOMLNode): void => {
    const fits = path.length <= keys.length && path.every((part, index) => part === keys[index]);
    if (fits && path.length > (best?.length ?? 0)) best = { length: path.length, node };
  };
  const visit = (pairs: readonly AST.TOMLKeyValue[], prefix: readonly (string | number)[]): void => {
    for (const pair of pairs) {
      const path = [...prefix, ...pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
      note(path, pair.key);
      if (pair.value.type === 'TOMLInlineTable') visit(pair.value.body, path);
    }
  };
  for (const node of tree.body[0].body) {
    if (node.type === 'TOMLKeyValue') visit([node], []);
    else {
      note(node.resolvedKey, node.key);
      visit(node.body, node.resolvedKey);
    }
  }
  const start = best?.node.loc.start;
  return start && { line: start.line, column: start.column + 1 };
}
