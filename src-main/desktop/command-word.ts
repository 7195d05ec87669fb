/**
 * The first word behind the packaged program, when it is one of a command line: `harrier status`. The program has only
 * its window; commands run on Node (docs/packaging.md). Options, paths and links are none.
 */
export const commandWord = (argv: readonly string[], isPackaged: boolean): string | undefined => {
  const [word] = isPackaged ? argv.slice(1) : [];
  return word !== undefined && /^[a-z][a-z-]*$/.test(word) ? word : undefined;
};
