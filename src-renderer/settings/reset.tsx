import { useState } from 'react';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { useHarrier } from '../app/harrier.ts';
import { defaultPrefs } from '../app/prefs.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** Everything on this page as it was at first; runners and the rest of config.toml stay. */
export function Reset({ onDone }: { readonly onDone: () => Promise<void> }) {
  const { prefs } = useHarrier();
  const reset = useAction('settings.reset');
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState(false);
  useCommands([{ id: 'resetSettings', label: t('settings.resetOpen'), run: () => setAsking(true) }]);
  const run = async (): Promise<void> => {
    if ((await reset.run({})) === undefined) return;
    prefs.setState(defaultPrefs);
    setAsking(false);
    setDone(true);
    await onDone();
  };
  return (
    <Section title={t('settings.reset')}>
      <div className={`${styles['buttons']} ${styles['indent']}`}>
        <Button danger onClick={() => setAsking(true)}>
          {t('settings.resetOpen')}
        </Button>
        {done ? <span role="status">{t('settings.resetDone')}</span> : null}
      </div>
      {asking ? (
        <Dialog
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('cancel')}</Button>
              <Button busy={reset.busy} danger onClick={() => void run()}>
                {t('settings.resetNow')}
              </Button>
            </>
          }
          onClose={() => setAsking(false)}
          title={t('settings.resetTitle')}
        >
          <p>{t('settings.resetGoes')}</p>
          <p>{t('settings.resetStays')}</p>
          {reset.trouble ? <ErrorText trouble={reset.trouble} /> : null}
        </Dialog>
      ) : null}
    </Section>
  );
}
