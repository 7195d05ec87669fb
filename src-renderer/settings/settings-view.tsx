import { useEffect } from 'react';
import { selectFacts } from '../app/engine-store.ts';
import { useEngine, useHarrier } from '../app/harrier.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { ErrorText } from '../ui/controls.tsx';
import { Notifications, StartAndClose } from './app-settings.tsx';
import { Connection } from './connection.tsx';
import { Folders } from './folders.tsx';
import { HealthRows } from './health-rows.tsx';
import { HistorySettings } from './history-settings.tsx';
import { Look } from './look.tsx';
import { Reset } from './reset.tsx';
import { Section } from './section.tsx';
import styles from './settings.module.css';
import { useSettings } from './use-settings.ts';

/** Everything that can be set beside the runners, where things lie, and how Harrier is. */
export function SettingsView() {
  const facts = useEngine(selectFacts);
  const access = useSettings();
  const { settings } = access;
  const { client } = useHarrier();
  useEffect(() => {
    client.call('health.look', {}).catch(() => {
      // The banner says that the connection is lost.
    });
  }, [client]);
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <div className={shell['headText']}>
          <h1>{t('nav.settings')}</h1>
          <p>{t('settings.scope')}</p>
        </div>
      </header>
      <div className={shell['body']}>
        <div className={styles['form']}>
          {access.trouble ? <ErrorText trouble={access.trouble} /> : null}
          <Look />
          {settings ? (
            <>
              <Notifications access={access} settings={settings} />
              <StartAndClose access={access} settings={settings} />
              <Connection access={access} settings={settings} />
              <HistorySettings access={access} settings={settings} />
              <Folders folders={settings.folders} />
            </>
          ) : null}
          <Section title={t('settings.about')}>
            <dl className={styles['rows']}>
              {facts ? <HealthRows health={facts.health} /> : null}
              <dt>{t('settings.version')}</dt>
              <dd>{facts?.version}</dd>
              <dt>{t('settings.privacy')}</dt>
              <dd>{t('settings.privacyText')}</dd>
            </dl>
          </Section>
          <Reset onDone={access.read} />
        </div>
      </div>
    </div>
  );
}
