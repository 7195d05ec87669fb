import { Button, Kbd } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import styles from './shell.module.css';
import { commandKey } from './shortcuts.ts';
import { t } from './text.ts';

/** Every shortcut; each has a button or a command as well. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const command = commandKey();
  const keys = [
    [[`${command}K`], t('keys.commands')],
    [['?'], t('keys.help')],
    [[`${command}1`, `${command}2`, `${command}3`, `${command}4`, `${command}5`], t('keys.views')],
    [[`${command},`], t('keys.settings')],
    [['/'], t('keys.filter')],
    [['↑', '↓', 'Enter'], t('keys.list')],
    [[`${command}F`], t('keys.search')],
    [['Enter', '⇧Enter'], t('keys.matches')],
    [['E', '⇧E'], t('keys.problems')],
    [['←', '→', '⇧←', '⇧→'], t('keys.folds')],
    [['Home', 'End'], t('keys.ends')],
    [['T'], t('keys.times')],
    [['W'], t('keys.wrap')],
    [[`${command}L`], t('keys.link')],
    [[`${command}S`], t('keys.save')],
    [['Ctrl+F6'], t('keys.leaveTerminal')],
    [['Esc'], t('keys.escape')],
  ] as const;
  return (
    <Dialog actions={<Button onClick={onClose}>{t('close')}</Button>} onClose={onClose} title={t('keys.title')}>
      <dl className={styles['keys']}>
        {keys.map(([names, text]) => (
          <div key={text} style={{ display: 'contents' }}>
            <dt>
              {names.map((name) => (
                <Kbd key={name}>{name}</Kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
