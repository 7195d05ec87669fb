import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import styles from './log.module.css';
import { rowHeight } from './scroll.ts';

/** Rows at their place. Wrapped rows have heights of their own: they hang on the row that the bar points at. */
export function Rows(props: {
  readonly rows: readonly number[];
  readonly first: number;
  readonly anchorRow: number;
  readonly scale: number;
  readonly share: number;
  readonly top: number;
  /** Where the bar really stands; it may be mapped. */
  readonly barTop: number;
  readonly viewport: number;
  readonly draw: (line: number) => ReactNode;
}) {
  const { rows, first, anchorRow, scale, top, barTop, viewport } = props;
  const below = useRef<HTMLDivElement>(null);
  const [shift, setShift] = useState(0);
  const fraction = anchorRow - Math.floor(anchorRow);
  useLayoutEffect(() => {
    if (scale === 1) return;
    const height = below.current?.firstElementChild?.clientHeight ?? rowHeight;
    setShift(fraction * height);
  }, [scale, fraction]);
  if (scale === 1)
    return (
      <div
        className={styles['rows']}
        style={{ transform: `translateY(${Math.round(barTop + first * rowHeight - top)}px)` }}
      >
        {rows.map(props.draw)}
      </div>
    );
  const cut = Math.max(0, Math.floor(anchorRow) - first);
  const y = barTop + Math.min(1, Math.max(0, props.share)) * viewport - shift;
  return (
    <>
      <div className={styles['rows']} style={{ transform: `translateY(calc(${y}px - 100%))` }}>
        {rows.slice(0, cut).map(props.draw)}
      </div>
      <div className={styles['rows']} ref={below} style={{ transform: `translateY(${y}px)` }}>
        {rows.slice(cut).map(props.draw)}
      </div>
    </>
  );
}
