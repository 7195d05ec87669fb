import { CaseSensitive, ListFilter, MoveDown, MoveUp, Regex, Search, WholeWord, X } from 'lucide-react';
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import { shortcuts, showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { IconButton } from '../ui/controls.tsx';
import { count } from '../ui/format.ts';
import styles from './log.module.css';
import type { LogSearch } from './use-search.ts';

/** Search in the log: what is looked for, how, and which match is the current one. */
export function SearchField({
  search,
  field,
  onStep,
  onLeave,
}: {
  readonly search: LogSearch;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onStep: (by: number) => void;
  readonly onLeave: () => void;
}) {
  const { query, result } = search;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') onLeave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const toggle = (name: 'matchCase' | 'wholeWord' | 'expression', label: string, icon: ReactNode) => (
    <button
      aria-label={label}
      aria-pressed={query[name]}
      className={styles['toggle']}
      onClick={() => search.setQuery({ ...query, [name]: !query[name] })}
      title={label}
      type="button"
    >
      {icon}
    </button>
  );
  return (
    <>
      <div className={styles['search']}>
        <Search aria-hidden="true" size={14} />
        <input
          aria-label={t('log.search')}
          onChange={(event) => search.setQuery({ ...query, text: event.target.value })}
          onKeyDown={onKeyDown}
          placeholder={t('log.search')}
          ref={field}
          spellCheck={false}
          value={query.text}
        />
        {query.text !== '' ? (
          <>
            <span
              className={`${styles['found']} num`}
              data-bad={result?.problem !== undefined || undefined}
              role="status"
              title={result?.problem}
            >
              {foundText(search)}
            </span>
            <span className={styles['step']}>
              <IconButton
                keys={showKeys(shortcuts.matches[1])}
                label={t('log.previousMatch')}
                onClick={() => onStep(-1)}
              >
                <MoveUp size={14} />
              </IconButton>
              <IconButton keys={showKeys(shortcuts.matches[0])} label={t('log.nextMatch')} onClick={() => onStep(1)}>
                <MoveDown size={14} />
              </IconButton>
              <IconButton
                label={t('log.endSearch')}
                onClick={() => {
                  search.setQuery({ ...query, text: '' });
                  field.current?.focus();
                }}
              >
                <X size={14} />
              </IconButton>
            </span>
          </>
        ) : null}
      </div>
      <span className={styles['toggles']}>
        {toggle('matchCase', t('log.matchCase'), <CaseSensitive size={16} />)}
        {toggle('wholeWord', t('log.wholeWord'), <WholeWord size={16} />)}
        {toggle('expression', t('log.expression'), <Regex size={14} />)}
        <button
          aria-label={t('log.onlyMatches')}
          aria-pressed={search.only}
          className={styles['toggle']}
          onClick={() => search.setOnly(!search.only)}
          title={t('log.onlyMatches')}
          type="button"
        >
          <ListFilter size={16} />
        </button>
      </span>
    </>
  );

  function foundText({ result, current: at }: LogSearch): string {
    if (result === undefined) return '';
    if (result.problem !== undefined) return t('log.badExpression');
    if (result.total === 0) return result.done ? t('log.noMatch') : '…';
    return t('log.matchOf', {
      at: count(Math.max(0, at) + 1),
      total: `${count(result.total)}${result.done ? '' : '+'}`,
    });
  }
}
