import { X } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { featureFlags } from '../../src-shared/config-schema.ts';
import { isTable } from '../../src-shared/toml/values.ts';
import { t } from '../app/text.ts';
import { Button, controlStyles, IconButton } from '../ui/controls.tsx';
import styles from './config.module.css';
import { type ControlProps, inputProps } from './control-props.ts';
import { usualOf } from './describe-key.ts';
import { textFromValue, valueFromText } from './form-model.ts';
import { withPlainDots } from './placeholder.ts';

/** A list as chips; one that is pressed is edited in the field, in its place of the list. */
export function List(props: ControlProps) {
  const { meta, name, value, onChange } = props;
  const [text, setText] = useState('');
  const [editing, setEditing] = useState<number>();
  const suggestions = useId();
  const items: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const free = (meta.values ?? []).filter((each) => !items.includes(each));
  const write = (next: readonly unknown[]): void => {
    // One pull policy is written as a text, as people do; a list stays one.
    const single = meta.kind === 'choices' && next.length === 1 && !Array.isArray(value);
    onChange(next.length === 0 ? undefined : single ? next[0] : next);
  };
  const commit = (): void => {
    const typed = text.trim();
    const item = meta.kind === 'numbers' ? valueFromText('number', typed) : typed;
    setText('');
    setEditing(undefined);
    if (editing !== undefined)
      write(items.flatMap((each, at) => (at !== editing ? [each] : typed === '' ? [] : [item])));
    else if (typed !== '') write([...items, item]);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && editing !== undefined) {
      setText('');
      setEditing(undefined);
    } else if (event.key === 'Enter') commit();
    else if (event.key === 'Backspace' && text === '' && editing === undefined && items.length > 0)
      write(items.slice(0, -1));
    else return;
    event.preventDefault();
  };
  return (
    <span className={styles['chips']} data-invalid={props.invalid || undefined}>
      {items.map((item, at) => {
        const shown = textFromValue(item);
        const seen = withPlainDots(shown);
        return at === editing ? null : (
          <span className={styles['chip']} key={`${at.toString()} ${shown}`}>
            <button
              aria-label={t('config.editItem', { value: seen })}
              onClick={() => {
                setText(shown);
                setEditing(at);
                document.getElementById(props.id)?.focus();
              }}
              type="button"
            >
              {seen}
            </button>
            <button
              aria-label={t('config.removeItem', { value: seen })}
              className={styles['chipRemove']}
              onClick={() => write(items.filter((_, index) => index !== at))}
              type="button"
            >
              <X aria-hidden="true" size={12} />
            </button>
          </span>
        );
      })}
      <input
        {...inputProps(props)}
        aria-label={t('config.addTo', { name })}
        list={free.length > 0 ? suggestions : undefined}
        onBlur={commit}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder={items.length === 0 ? usualOf(meta) || t('config.addHint') : t('config.add')}
        value={text}
      />
      {free.length > 0 ? (
        <datalist id={suggestions}>
          {free.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      ) : null}
    </span>
  );
}

/** Names and their values. */
export function Entries(props: ControlProps) {
  const { meta, name, id, value, onChange } = props;
  const [fresh, setFresh] = useState({ name: '', value: '' });
  const suggestions = useId();
  const table = isTable(value) ? value : {};
  const isFlags = meta.kind === 'flags';
  const typed = (text: string): unknown =>
    meta.kind === 'lists'
      ? text
          .split(',')
          .map((each) => each.trim())
          .filter(Boolean)
      : text;
  const write = (key: string, next: unknown): void => {
    const { [key]: _, ...rest } = table;
    const all = next === undefined ? rest : { ...table, [key]: next };
    onChange(Object.keys(all).length === 0 ? undefined : all);
  };
  const add = (): void => {
    const key = fresh.name.trim();
    if (key === '') return;
    setFresh({ name: '', value: '' });
    write(key, isFlags ? featureFlags[key] !== true : typed(fresh.value));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    add();
  };
  return (
    <div className={styles['entries']}>
      {Object.entries(table).map(([key, each]) => (
        <div className={styles['entry']} key={key}>
          <code>{key}</code>
          {isFlags && typeof each === 'boolean' ? (
            <span className={styles['switchRow']}>
              <button
                aria-checked={each}
                aria-label={key}
                className={styles['switch']}
                onClick={() => write(key, !each)}
                role="switch"
                type="button"
              />
              {t(each ? 'config.on' : 'config.off')}
            </span>
          ) : (
            <input
              aria-label={t('config.valueOf', { name: key })}
              className={controlStyles['input']}
              onChange={(event) => write(key, typed(event.target.value))}
              spellCheck={false}
              value={textFromValue(each)}
            />
          )}
          <IconButton label={t('config.removeItem', { value: key })} onClick={() => write(key, undefined)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
      <div className={styles['entry']}>
        <input
          {...inputProps(props)}
          aria-label={t('config.entryName', { name })}
          className={controlStyles['input']}
          list={isFlags ? suggestions : undefined}
          onChange={(event) => setFresh({ ...fresh, name: event.target.value })}
          onKeyDown={onKeyDown}
          placeholder={isFlags ? 'FF_…' : ''}
          value={fresh.name}
        />
        {isFlags ? (
          <datalist id={suggestions}>
            {Object.keys(featureFlags)
              .filter((flag) => !Object.hasOwn(table, flag))
              .map((flag) => (
                <option key={flag} value={flag} />
              ))}
          </datalist>
        ) : (
          <input
            aria-label={t('config.entryValue', { name })}
            className={controlStyles['input']}
            id={`${id}-value`}
            onChange={(event) => setFresh({ ...fresh, value: event.target.value })}
            onKeyDown={onKeyDown}
            spellCheck={false}
            value={fresh.value}
          />
        )}
        <Button aria-label={t('config.addTo', { name })} onClick={add} size="small">
          {t('config.add')}
        </Button>
      </div>
    </div>
  );
}
