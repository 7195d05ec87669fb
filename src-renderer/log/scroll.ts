/**
 * Rows of 20 px under a scrollbar of bounded height. Chromium ends an element at 33,554,432 px: beyond `tallest` the
 * bar stands for a place in the log (a share of it), and wheel and keys move exact rows.
 */
export const rowHeight = 20;
export const tallest = 16_000_000;

export interface ScrollGeometry {
  readonly rows: number;
  readonly viewport: number;
}
/** Height of all rows, as a person would measure it. */
export const fullHeight = ({ rows }: ScrollGeometry): number => rows * rowHeight;
/** Height that the element really gets. */
export const barHeight = (geometry: ScrollGeometry): number => Math.min(fullHeight(geometry), tallest);
export const isMapped = (geometry: ScrollGeometry): boolean => fullHeight(geometry) > tallest;
export const lastTop = ({ rows, viewport }: ScrollGeometry): number => Math.max(0, rows * rowHeight - viewport);

/** The place in the log (px from its first row) at a position of the scrollbar, and back. */
export function topOfScroll(scrollTop: number, geometry: ScrollGeometry): number {
  if (!isMapped(geometry)) return Math.min(scrollTop, lastTop(geometry));
  const share = scrollTop / Math.max(1, tallest - geometry.viewport);
  return Math.min(1, Math.max(0, share)) * lastTop(geometry);
}
export function scrollOfTop(top: number, geometry: ScrollGeometry): number {
  const within = Math.min(Math.max(0, top), lastTop(geometry));
  if (!isMapped(geometry)) return within;
  return (within / lastTop(geometry)) * (tallest - geometry.viewport);
}
