import type { ReactNode } from 'react';
import styles from './choice.module.css';

/** One of a few, each with a sentence. */
export function Choice<T extends string>({
  legend,
  name,
  options,
  value,
  onChoose,
  trouble,
  row,
  columns,
}: {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly { readonly value: T; readonly title: string; readonly text?: string }[];
  readonly value: T | undefined;
  readonly onChoose: (value: T) => void;
  readonly trouble?: ReactNode;
  /** Beside each other, or in columns where there are many. */
  readonly row?: boolean;
  readonly columns?: boolean;
}) {
  return (
    <fieldset className={styles['choices']} data-columns={columns || undefined} data-row={row || undefined}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            checked={value === option.value}
            name={name}
            onChange={() => onChoose(option.value)}
            type="radio"
            value={option.value}
          />
          <span>{option.title}</span>
          {option.text ? <small>{option.text}</small> : null}
        </label>
      ))}
      {trouble}
    </fieldset>
  );
}

/** On or off, with a sentence. */
export function Switch({
  label,
  hint,
  on,
  onChange,
  reason,
}: {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  /** Why it cannot be changed now. */
  readonly reason?: string | undefined;
}) {
  return (
    <label className={styles['switch']}>
      <input
        aria-disabled={reason !== undefined || undefined}
        checked={on}
        onChange={(event) => {
          if (reason === undefined) onChange(event.target.checked);
        }}
        type="checkbox"
      />
      <span>{label}</span>
      {(reason ?? hint) ? <small>{reason ?? hint}</small> : null}
    </label>
  );
}
