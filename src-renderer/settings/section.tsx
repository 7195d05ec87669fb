import { type ReactNode, useId } from 'react';
import { count } from '../ui/format.ts';
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

/** One of a few, in a menu; a value that a person wrote into config.toml stands among the usual ones. */
export function Select({
  label,
  options,
  value,
  onChoose,
}: {
  readonly label: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly value: string;
  readonly onChoose: (value: string) => void;
}) {
  const id = useId();
  const isUsual = options.some(([each]) => each === value);
  return (
    <div className={styles['group']}>
      <label htmlFor={id}>{label}</label>
      <div>
        <select className={styles['select']} id={id} onChange={(event) => onChoose(event.target.value)} value={value}>
          {isUsual ? null : <option value={value}>{/^\d+$/.test(value) ? count(Number(value)) : value}</option>}
          {options.map(([each, name]) => (
            <option key={each} value={each}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}
