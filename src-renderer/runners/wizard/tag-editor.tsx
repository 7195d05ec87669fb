import { X } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useId, useRef, useState } from 'react';
import { t } from '../../app/text.ts';
import { controlStyles } from '../../ui/controls.tsx';
import { readTags } from './paste.ts';
import styles from './wizard.module.css';

/** Tags as chips (ON6): Enter or a comma ends one, a list can be pasted, Backspace takes the last one back. */
export function TagEditor({
  tags,
  onChange,
}: {
  readonly tags: readonly string[];
  readonly onChange: (tags: readonly string[]) => void;
}) {
  const id = useId();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const take = (more: string): void => {
    const next = readTags(more, tags);
    if (next.length !== tags.length) onChange(next);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && text.trim() !== '') take(text);
    else if (event.key === 'Backspace' && text === '' && tags.length > 0) onChange(tags.slice(0, -1));
    else return;
    event.preventDefault();
  };
  const onPaste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData.getData('text');
    if (!/[,\n]/.test(pasted)) return;
    event.preventDefault();
    take(`${text}${pasted}`);
  };
  return (
    <div className={controlStyles['field']}>
      <label className={controlStyles['label']} htmlFor={id}>
        {t('add.tags')}
      </label>
      <div className={styles['tagBox']}>
        {tags.map((tag) => (
          <span className={styles['chip']} key={tag}>
            {tag}
            <button
              aria-label={t('add.tagRemove', { tag })}
              onClick={() => {
                onChange(tags.filter((each) => each !== tag));
                input.current?.focus();
              }}
              type="button"
            >
              <X aria-hidden="true" size={12} />
            </button>
          </span>
        ))}
        <input
          aria-describedby={`${id}-hint`}
          autoComplete="off"
          id={id}
          onBlur={() => take(text)}
          onChange={(event) =>
            event.target.value.includes(',') ? take(event.target.value) : setText(event.target.value)
          }
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          ref={input}
          spellCheck={false}
          value={text}
        />
      </div>
      <span className={controlStyles['hint']} id={`${id}-hint`}>
        {t('add.tagsHint')}
      </span>
    </div>
  );
}
