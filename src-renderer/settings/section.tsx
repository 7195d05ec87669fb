import type { ReactNode } from 'react';
import styles from './settings.module.css';

/** What belongs together, under its name. */
export const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <div className={styles['section']}>
    <h2>{title}</h2>
    {children}
  </div>
);

/** One of a few, in a line. */
export function Options<T extends string | number | boolean>({
  legend,
  name,
  options,
  value,
  onChoose,
}: {
  readonly legend: string;
  readonly name: string;
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}) {
  return (
    <fieldset className={styles['group']}>
      <legend>{legend}</legend>
      <div className={styles['options']}>
        {options.map(([each, label]) => (
          <label key={label}>
            <input checked={value === each} name={name} onChange={() => onChoose(each)} type="radio" />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
