import { Button, Kbd } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { selectFacts } from './engine-store.ts';
import { useEngine, usePrefs } from './harrier.ts';
import styles from './shell.module.css';
import { type ShortcutId, shortcuts, showKeys } from './shortcuts.ts';
import { t } from './text.ts';

/** Every shortcut; each has a button or a menu entry as well. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const letterKeys = usePrefs((state) => state.letterKeys);
  const inBrowser = useEngine((state) => selectFacts(state)?.host.kind === 'web');
  const ids = Object.keys(shortcuts) as ShortcutId[];
  return (
    <Dialog actions={<Button onClick={onClose}>{t('close')}</Button>} onClose={onClose} title={t('keys.title')}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section aria-label={t('keys.title')} className={styles['keyScroll']} tabIndex={0}>
        <dl className={styles['keys']}>
          {ids.map((id) => (
            <div key={id} style={{ display: 'contents' }}>
              <dt>
                {shortcuts[id].map((keys) => (
                  <Kbd key={keys}>{showKeys(keys)}</Kbd>
                ))}
              </dt>
              <dd>{t(`keys.${id}`)}</dd>
            </div>
          ))}
        </dl>
      </section>
      <p className={styles['keyNote']}>{t(letterKeys ? 'keys.singleOn' : 'keys.singleOff')}</p>
      {inBrowser ? <p className={styles['keyNote']}>{t('keys.browser', { keys: showKeys('Mod+T') })}</p> : null}
    </Dialog>
  );
}
