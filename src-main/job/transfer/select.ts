import type { Selection } from '../../archive/types.ts';
import type { Area } from './area.ts';
import { expandOrKeep } from './levels.ts';
import { helperLine } from './lines.ts';
import type { TransferContext } from './types.ts';

/** Chooses files and says what was found. */
export async function selectFiles(
  context: TransferContext,
  area: Area,
  what: { readonly paths: readonly string[]; readonly exclude?: readonly string[]; readonly untracked: boolean },
): Promise<Selection> {
  const selection = await area.select({
    paths: what.paths.map((path) => expandOrKeep(context, path, 'path')),
    exclude: (what.exclude ?? []).map((path) => expandOrKeep(context, path, 'path')),
    untracked: what.untracked,
  });
  for (const { level, text } of selection.messages) context.printHelper(helperLine(level, text));
  return selection;
}

/** When an artifact or cache wants to be taken (`when`). */
export const fitsOutcome = (when: string, outcome: 'success' | 'failure'): boolean =>
  when === 'always' || (outcome === 'success' ? when === '' || when === 'on_success' : when === 'on_failure');
