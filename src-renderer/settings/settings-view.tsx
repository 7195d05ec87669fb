import { useState } from 'react';
import { selectFacts } from '../app/engine-store.ts';
import { useEngine, useHarrier, usePrefs } from '../app/harrier.ts';
import { KeyHelp } from '../app/key-help.tsx';
import type { Prefs } from '../app/prefs.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { Button } from '../ui/controls.tsx';
import { AppSettingsForm } from './app-settings.tsx';
import { HealthRows } from './health-rows.tsx';
import styles from './settings.module.css';

/** Preferences of this window, and what it is connected to. */
export function SettingsView() {
  const { prefs } = useHarrier();
  const now = usePrefs((state) => state);
  const facts = useEngine(selectFacts);
  const [keys, setKeys] = useState(false);
  const choice = <K extends keyof Prefs>(key: K, legend: string, options: readonly (readonly [Prefs[K], string])[]) => (
    <fieldset className={styles['group']}>
      <legend>{legend}</legend>
      <div className={styles['options']}>
        {options.map(([value, label]) => (
          <label key={label}>
            <input
              checked={now[key] === value}
              name={key}
              onChange={() => prefs.setState({ [key]: value })}
              type="radio"
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
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
          {choice('theme', t('settings.theme'), [
            ['system', t('settings.theme.system')],
            ['light', t('settings.theme.light')],
            ['dark', t('settings.theme.dark')],
          ])}
          {choice('times', t('settings.times'), [
            ['elapsed', t('settings.times.elapsed')],
            ['clock', t('settings.times.clock')],
            ['off', t('settings.off')],
          ])}
          {choice('wrap', t('settings.wrap'), [
            [true, t('settings.wrap.on')],
            [false, t('settings.wrap.off')],
          ])}
          {choice('letterKeys', t('settings.letterKeys'), [
            [true, t('settings.on')],
            [false, t('settings.off')],
          ])}
          <div>
            <Button onClick={() => setKeys(true)} size="small">
              {t('settings.keys')}
            </Button>
          </div>
          <AppSettingsForm />
          <dl className={styles['about']}>
            {facts ? <HealthRows health={facts.health} /> : null}
            <dt>{t('settings.version')}</dt>
            <dd>{facts?.version}</dd>
            <dt>{t('settings.config')}</dt>
            <dd>{facts?.configPath ?? t('settings.noConfig')}</dd>
            <dt>{t('settings.privacy')}</dt>
            <dd>{t('settings.privacyText')}</dd>
          </dl>
        </div>
      </div>
      {keys ? <KeyHelp onClose={() => setKeys(false)} /> : null}
    </div>
  );
}
