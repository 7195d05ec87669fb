import { Undo2 } from 'lucide-react';
import { type ChangeEvent, type ReactNode, useState } from 'react';
import { t } from '../app/text.ts';
import { Button, controlStyles, IconButton } from '../ui/controls.tsx';
import styles from './config.module.css';
import { type ControlProps, inputProps } from './control-props.ts';
import { usualOf } from './describe-key.ts';
import { textFromValue, valueFromText } from './form-model.ts';
import { Entries, List } from './lists.tsx';
import { tellSecret } from './placeholder.ts';

/** The control that fits the kind of a key. What was written in another kind stands there as text: nothing is lost. */
export function Control(props: ControlProps): ReactNode {
  const { meta, value } = props;
  if (meta.open) return <p className={styles['note']}>{t('config.openTable')}</p>;
  switch (meta.kind) {
    case 'boolean':
      return value === undefined || typeof value === 'boolean' ? <Switch {...props} /> : <TextInput {...props} />;
    case 'choice':
      return <Choice {...props} />;
    case 'choices':
    case 'texts':
    case 'numbers':
      return <List {...props} />;
    case 'map':
    case 'flags':
    case 'lists':
      return <Entries {...props} />;
    default:
      return meta.secret ? <Secret {...props} /> : isScript(props) ? <Script {...props} /> : <TextInput {...props} />;
  }
}

const isScript = ({ meta, value }: ControlProps): boolean =>
  meta.kind === 'text' &&
  ((typeof value === 'string' && value.includes('\n')) || /_script$/.test(meta.path.at(-1) ?? ''));

/** What is typed counts at once; an empty field counts when it is left, since a value may follow. */
function useTyped({ value, meta, onChange }: ControlProps) {
  const [empty, setEmpty] = useState(false);
  return {
    value: empty ? '' : textFromValue(value),
    onChange: (text: string): void => {
      setEmpty(text === '');
      if (text !== '') onChange(valueFromText(meta.kind, text));
    },
    onBlur: (): void => {
      if (empty && value !== undefined) onChange(undefined);
      setEmpty(false);
    },
  };
}

function TextInput(props: ControlProps) {
  const typed = useTyped(props);
  const { meta } = props;
  const short = ['integer', 'number', 'duration', 'size'].includes(meta.kind);
  return (
    <span className={styles['inputRow']}>
      <input
        {...inputProps(props)}
        className={controlStyles['input']}
        data-short={short || undefined}
        inputMode={meta.kind === 'integer' ? 'numeric' : undefined}
        onBlur={typed.onBlur}
        onChange={(event) => typed.onChange(event.target.value)}
        placeholder={usualOf(meta)}
        value={typed.value}
      />
      {meta.unit !== undefined ? <span className={styles['unit']}>{t(`config.unit.${meta.unit}`)}</span> : null}
    </span>
  );
}

function Script(props: ControlProps) {
  const typed = useTyped(props);
  const rows = Math.min(8, Math.max(2, typed.value.split('\n').length));
  return (
    <textarea
      {...inputProps(props)}
      className={styles['script']}
      onBlur={typed.onBlur}
      onChange={(event) => typed.onChange(event.target.value)}
      rows={rows}
      value={typed.value}
    />
  );
}

function Switch({ id, describedBy, meta, value, onChange }: ControlProps) {
  const on = value === undefined ? meta.default === true : value === true;
  const word =
    value === undefined && meta.default === undefined ? t('config.notSet') : t(on ? 'config.on' : 'config.off');
  return (
    <span className={styles['switchRow']}>
      <button
        aria-checked={on}
        aria-describedby={describedBy}
        className={styles['switch']}
        id={id}
        onClick={() => onChange(!on)}
        role="switch"
        type="button"
      />
      <span>{word}</span>
    </span>
  );
}

function Choice(props: ControlProps) {
  const { meta, value, onChange } = props;
  const written = textFromValue(value);
  const known = meta.values ?? [];
  return (
    <select
      {...inputProps(props)}
      className={styles['select']}
      onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      value={written}
    >
      <option value="">{usualOf(meta) || t('config.notSet')}</option>
      {written !== '' && !known.includes(written) ? <option value={written}>{written}</option> : null}
      {known.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </select>
  );
}

const focusOnce = (input: HTMLElement | null): void => input?.focus();

/** A value that is not shown: its end, and a way to type another one. */
function Secret(props: ControlProps) {
  const { meta, name, value, id, onChange } = props;
  const written = textFromValue(value);
  const told = tellSecret(written);
  const [before, setBefore] = useState<string>();
  const typed = useTyped(props);
  if (told !== undefined && before === undefined)
    return (
      <span className={styles['secret']}>
        <span id={id}>
          {'variable' in told
            ? t('config.secretRef', { name: told.variable })
            : told.tail === ''
              ? t('config.secretSet')
              : t('config.secretTail', { tail: told.tail })}
        </span>
        <Button aria-label={t('config.replaceNamed', { name })} onClick={() => setBefore(written)} size="small">
          {t('config.replace')}
        </Button>
      </span>
    );
  const field = {
    ...inputProps(props),
    ref: before !== undefined ? focusOnce : undefined,
    onBlur: typed.onBlur,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => typed.onChange(event.target.value),
    value: before !== undefined && before === written ? '' : typed.value,
  };
  return (
    <span className={styles['inputRow']}>
      {meta.path.at(-1) === 'PrivateKey' ? (
        <textarea {...field} className={styles['script']} rows={4} />
      ) : (
        <input {...field} className={controlStyles['input']} />
      )}
      {before !== undefined ? (
        <IconButton
          label={t('config.keepOld')}
          onClick={() => {
            onChange(before);
            setBefore(undefined);
          }}
        >
          <Undo2 size={14} />
        </IconButton>
      ) : null}
    </span>
  );
}
