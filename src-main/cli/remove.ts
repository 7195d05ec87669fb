import { type Edit, removeRunner } from '../config/index.ts';
import type { Chosen } from './runners.ts';

/** Takes entries out of the file in one save, from the last to the first so that the numbers stay right. */
export const removeChosen =
  (chosen: readonly Chosen[]): Edit =>
  (text) =>
    [...chosen].sort((a, b) => b.index - a.index).reduce((result, each) => removeRunner(each.index)(result), text);
