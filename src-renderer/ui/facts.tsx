import type { ReactNode } from 'react';

/** Names and their values, as rows of the grid that `className` makes. */
export function Facts({
  className,
  rows,
}: {
  readonly className: string | undefined;
  readonly rows: readonly (readonly [name: string, value: ReactNode])[];
}) {
  return (
    <dl className={className}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
