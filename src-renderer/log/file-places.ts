/** A file that a line names, where it stands in the line. Line and column count from 1. */
export interface FilePlace {
  readonly from: number;
  readonly to: number;
  readonly path: string;
  readonly line: number;
  readonly column?: number;
}

/** `src/a.ts:3:5`, `a.c:12`, `src/a.ts(3,5)`: a path with an ending, and where in the file. */
const pattern =
  /(?<![\w@.\-/\\:])((?:[A-Za-z]:[\\/]|\/|\.{1,2}[\\/])?(?:[\w@.+\-[\]]+[\\/])*[\w@.+\-[\]]+\.[A-Za-z]\w{0,9})(?::(\d{1,7})(?::(\d{1,7}))?|\((\d{1,7}),(\d{1,7})\))/g;
/** Longer lines are data, not messages. */
const longest = 2000;

export function findFilePlaces(text: string): readonly FilePlace[] {
  if (text.length > longest || !/\.\w+[:(]\d/.test(text)) return none;
  return [...text.matchAll(pattern)].map((match) => {
    const column = match[3] ?? match[5];
    return {
      from: match.index,
      to: match.index + match[0].length,
      path: match[1] ?? '',
      line: Number(match[2] ?? match[4]),
      ...(column !== undefined ? { column: Number(column) } : {}),
    };
  });
}
const none: readonly FilePlace[] = [];
