import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { controlStyles, IconButton } from '../ui/controls.tsx';
import styles from './terminals.module.css';
import type { Matches, ShownTerminal } from './use-terminal.ts';

/** Search in what the terminal still holds. Enter: next, Shift+Enter: previous, Escape: back to the terminal. */
export function SearchBar({
  text,
  matches,
  onText,
  onFind,
  onClose,
}: {
  readonly text: string;
  readonly matches: Matches | undefined;
  readonly onText: (text: string) => void;
  readonly onFind: ShownTerminal['find'];
  readonly onClose: () => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  return (
    <search className={styles['search']}>
      <input
        aria-label={t('terminals.searchFor')}
        className={controlStyles['input']}
        onChange={(event) => {
          onText(event.target.value);
          onFind(event.target.value, 'previous', true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          else if (event.key === 'Enter') onFind(text, event.shiftKey ? 'next' : 'previous');
          else return;
          event.preventDefault();
        }}
        placeholder={t('terminals.searchFor')}
        ref={field}
        value={text}
      />
      <span className={`${styles['matches']} num`} role="status">
        {text === '' || matches === undefined ? '' : t('terminals.matches', { ...matches })}
      </span>
      <IconButton keys={showKeys('Enter')} label={t('terminals.up')} onClick={() => onFind(text, 'previous')}>
        <ChevronUp size={16} />
      </IconButton>
      <IconButton keys={showKeys('Shift+Enter')} label={t('terminals.down')} onClick={() => onFind(text, 'next')}>
        <ChevronDown size={16} />
      </IconButton>
      <IconButton keys={showKeys('Escape')} label={t('terminals.endSearch')} onClick={onClose}>
        <X size={16} />
      </IconButton>
    </search>
  );
}
