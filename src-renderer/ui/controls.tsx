import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactNode, Ref } from 'react';
import { useId } from 'react';
import type { Trouble } from '../app/wire-failure.ts';
import styles from './controls.module.css';
import { type IconState, StateIcon, toneOf } from './state-icon.tsx';

const classes = (...names: (string | undefined | false)[]): string => names.filter(Boolean).join(' ');

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'small' | 'normal' | 'large';
  readonly danger?: boolean;
  /** What it does at this moment; the button stays where it is and takes no second press. */
  readonly busy?: boolean;
  /** Why it cannot be pressed now; a button is never off without a reason. */
  readonly reason?: string | undefined;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  kind = 'plain',
  size = 'normal',
  danger,
  busy,
  reason,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  const off = busy === true || reason !== undefined;
  return (
    <button
      aria-busy={busy || undefined}
      aria-disabled={off || undefined}
      className={classes(styles['button'], styles[kind], size !== 'normal' && styles[size], danger && styles['danger'])}
      onClick={off ? (event) => event.preventDefault() : onClick}
      title={reason}
      type="button"
      {...rest}
    >
      {busy ? <StateIcon state="running" /> : null}
      {children}
    </button>
  );
}

/** A button that shows a picture only; its name is told to screen readers and in the tooltip, with its key. */
export function IconButton({
  label,
  keys,
  pressed,
  children,
  ...rest
}: {
  readonly label: string;
  readonly keys?: string;
  readonly pressed?: boolean;
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
} & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      aria-label={label}
      aria-pressed={pressed}
      className={styles['icon']}
      title={keys === undefined ? label : `${label} (${keys})`}
      type="button"
      {...rest}
    >
      {children}
    </button>
  );
}

export const LinkButton = ({ children, ...rest }: ButtonHTMLAttributes<HTMLButtonElement>) => (
  <button className={styles['link']} type="button" {...rest}>
    {children}
  </button>
);

/** Where a link may lead out of Harrier, whatever a server or a log says. */
export const isWebAddress = (url: string): boolean => /^https?:\/\//i.test(url);

/** A link out of Harrier: http and https only. */
export const OutLink = ({
  url,
  className,
  title,
  children,
}: {
  readonly url: string;
  readonly className?: string | undefined;
  readonly title?: string;
  readonly children: ReactNode;
}) =>
  isWebAddress(url) ? (
    <a className={className ?? styles['link']} href={url} rel="noreferrer noopener" target="_blank" title={title}>
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );
export const buttonClass = classes(styles['button'], styles['plain']);

export const Tag = ({ children }: { readonly children: string }) => (
  <span className={styles['tag']} title={children}>
    {children}
  </span>
);
export const Kbd = ({ children }: { readonly children: ReactNode }) => <kbd className={styles['kbd']}>{children}</kbd>;

export const StatePill = ({ state, children }: { readonly state: IconState; readonly children: ReactNode }) => (
  <span className={styles['pill']} data-tone={toneOf[state]}>
    <StateIcon size={14} state={state} />
    <span>{children}</span>
  </span>
);

const mostBars = 12;
/** Bars of used and free slots; the number stands beside them, always. */
export function Slots({ used, total }: { readonly used: number; readonly total: number }) {
  const bars = Math.max(1, Math.min(total, mostBars));
  const filled = total <= mostBars ? used : Math.ceil((used / total) * bars);
  return (
    <div aria-hidden="true" className={styles['slots']}>
      {Array.from({ length: bars }, (_, at) => (
        <span className={styles['slot']} data-used={at < filled || undefined} key={`bar-${at.toString()}`} />
      ))}
    </div>
  );
}

/** A line of trouble or warning inside of a view, with its next step. */
export function Note({
  tone,
  children,
  action,
}: {
  readonly tone: 'warn' | 'fail';
  readonly children: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className={styles['note']} data-tone={tone} role={tone === 'fail' ? 'alert' : 'status'}>
      <StateIcon state={tone === 'fail' ? 'failed' : 'warning'} />
      <div className={styles['noteText']}>{children}</div>
      {action}
    </div>
  );
}

/** Engine messages may stand inside of other sentences; alone they begin with a capital. Addresses and names stay. */
const sentence = (text: string): string =>
  /^[a-z]+ /.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;

/** Fact and next step of something that went wrong, under the thing itself. */
export function ErrorText({ trouble, id }: { readonly trouble: Trouble; readonly id?: string }) {
  return (
    <div className={styles['error']} id={id} role="alert">
      <StateIcon state="failed" />
      <div>
        <div className={styles['errorFact']}>
          <bdi>{sentence(trouble.message)}</bdi>
        </div>
        {trouble.hint ? (
          <div className={styles['errorHint']}>
            <bdi>{trouble.hint}</bdi>
          </div>
        ) : null}
      </div>
    </div>
  );
}

export function Field({
  label,
  hint,
  trouble,
  choices,
  onChoose,
  ...rest
}: {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly trouble?: Trouble | undefined;
  readonly ref?: Ref<HTMLInputElement>;
  /** Values and their names: one of a few instead of any text. */
  readonly choices?: readonly (readonly [value: string, name: string])[];
  readonly onChoose?: (value: string) => void;
} & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', trouble ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={styles['field']}>
      <label className={styles['label']} htmlFor={id}>
        {label}
      </label>
      {choices === undefined ? (
        <input
          aria-describedby={described || undefined}
          aria-invalid={trouble !== undefined || undefined}
          autoComplete="off"
          className={styles['input']}
          id={id}
          spellCheck={false}
          {...rest}
        />
      ) : (
        <select
          aria-describedby={described || undefined}
          aria-invalid={trouble !== undefined || undefined}
          className={styles['input']}
          id={id}
          onChange={(event) => onChoose?.(event.target.value)}
          value={String(rest.value ?? '')}
        >
          {choices.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
      {trouble ? <ErrorText id={`${id}-error`} trouble={trouble} /> : null}
      {hint ? (
        <span className={styles['hint']} id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
    </div>
  );
}

export { classes, styles as controlStyles };
