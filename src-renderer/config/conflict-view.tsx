import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useMemo, useRef } from 'react';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { Button } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './config.module.css';
import type { Conflict } from './config-store.ts';
import { bringTo, textNamed, tomlLook } from './editor.ts';
import { mergeTexts } from './merge-texts.ts';

/** The file on disk beside a result that begins as both together; each of its changes can be taken over. */
export function ConflictView({
  conflict,
  onSettle,
  onLater,
}: {
  readonly conflict: Conflict;
  readonly onSettle: (text: string) => void;
  readonly onLater: () => void;
}) {
  const { base, mine, file } = conflict;
  const merged = useMemo(() => mergeTexts(base, mine, file.text), [base, mine, file.text]);
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<MergeView>(undefined);
  useEffect(() => {
    if (host.current === null) return;
    const look = (label: string) => [
      tomlLook(),
      keymap.of([...defaultKeymap, ...historyKeymap]),
      textNamed(label),
      EditorView.lineWrapping,
    ];
    const made = new MergeView({
      parent: host.current,
      a: { doc: file.text, extensions: [look(t('config.theirs')), EditorState.readOnly.of(true)] },
      b: { doc: merged.text, extensions: [look(t('config.result')), history()] },
      revertControls: 'a-to-b',
      renderRevertControl: () => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = '→';
        button.title = t('config.takeChange');
        button.setAttribute('aria-label', t('config.takeChange'));
        return button;
      },
      gutter: true,
    });
    view.current = made;
    made.b.focus();
    return () => made.destroy();
  }, [file.text, merged.text]);
  const bring = (text: string): void => {
    if (view.current) bringTo(view.current.b, text, { remote: false });
  };
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <StateIcon size={20} state="warning" />
        <div className={shell['headText']}>
          <h1>{t('config.conflictTitle')}</h1>
          <p>
            {merged.overlaps > 0 ? t('config.conflictOverlap', { count: merged.overlaps }) : t('config.conflictClean')}
          </p>
        </div>
      </header>
      <div className={styles['mergeHead']}>
        <h2>{t('config.theirs')}</h2>
        <h2>{t('config.result')}</h2>
      </div>
      <div className={styles['merge']} dir="ltr" ref={host} />
      <footer className={styles['bar']}>
        <Button kind="quiet" onClick={() => bring(file.text)}>
          {t('config.takeTheirs')}
        </Button>
        <Button kind="quiet" onClick={() => bring(mine)}>
          {t('config.takeMine')}
        </Button>
        <Button kind="quiet" onClick={() => bring(merged.text)}>
          {t('config.takeBoth')}
        </Button>
        <span className={styles['spring']} />
        <Button onClick={onLater}>{t('config.later')}</Button>
        <Button kind="primary" onClick={() => onSettle(view.current?.b.state.doc.toString() ?? merged.text)}>
          {t('config.continue')}
        </Button>
      </footer>
    </div>
  );
}
