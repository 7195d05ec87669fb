import { t } from '../app/text.ts';
import { Button } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import styles from './terminals.module.css';

/** Each line of a pasted text would run as if it had been typed. */
export const runsAtOnce = (text: string): boolean => /[\r\n]/.test(text);

/** A hostile page may put more on the clipboard than it shows: all of it is shown before it runs. */
export function PasteDialog({
  text,
  onPaste,
  onClose,
}: {
  readonly text: string;
  readonly onPaste: () => void;
  readonly onClose: () => void;
}) {
  const lines = text.replace(/[\r\n]+$/, '').split(/\r\n|\r|\n/).length;
  return (
    <Dialog
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            kind="primary"
            onClick={() => {
              onPaste();
              onClose();
            }}
          >
            {t('terminals.pasteLines', { count: lines })}
          </Button>
        </>
      }
      onClose={onClose}
      title={t('terminals.pasteTitle', { count: lines })}
    >
      <p>{t('terminals.pasteText')}</p>
      <textarea aria-label={t('terminals.pasted')} className={styles['pasted']} readOnly rows={6} value={text} />
    </Dialog>
  );
}
