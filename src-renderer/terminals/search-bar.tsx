import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { t } from '../app/text.ts';
import { controlStyles, IconButton } from '../ui/controls.tsx';
import styles from './terminals.module.css';
import type { Matches, ShownTerminal } from './use-terminal.ts';

/** Search in what the terminal still holds. Enter: next, Shift+Enter: previous, Escape: back to the terminal. */
export function SearchBar({
  matches,
  onFind,
  onClose,
}: {
  readonly matches: Matches | undefined;
  readonly onFind: ShownTerminal['find'];
  readonly onClose: () => void;
}) {
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <search className={styles['search']}>
      <input
        aria-label={t('terminals.searchFor')}
        className={controlStyles['input']}
        onChange={(event) => {
          setText(event.target.value);
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
      <IconButton keys="Enter" label={t('terminals.up')} onClick={() => onFind(text, 'previous')}>
        <ChevronUp size={16} />
      </IconButton>
      <IconButton keys="⇧Enter" label={t('terminals.down')} onClick={() => onFind(text, 'next')}>
        <ChevronDown size={16} />
      </IconButton>
      <IconButton keys="Esc" label={t('terminals.endSearch')} onClick={onClose}>
        <X size={16} />
      </IconButton>
    </search>
  );
}
