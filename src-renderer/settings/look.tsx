import { useState } from 'react';
import { useHarrier, usePrefs } from '../app/harrier.ts';
import { KeyHelp } from '../app/key-help.tsx';
import { logSizes, type Prefs, textSizes } from '../app/prefs.ts';
import { t } from '../app/text.ts';
import { Button } from '../ui/controls.tsx';
import { Options, Section } from './section.tsx';
import styles from './settings.module.css';

/** How this window looks; kept by the window itself. */
export function Look() {
  const { prefs } = useHarrier();
  const now = usePrefs((state) => state);
  const [keys, setKeys] = useState(false);
  const choice = <K extends keyof Prefs>(key: K, legend: string, options: readonly (readonly [Prefs[K], string])[]) => (
    <Options
      legend={legend}
      name={key}
      onChoose={(value) => prefs.setState({ [key]: value })}
      options={options}
      value={now[key]}
    />
  );
  return (
    <Section title={t('settings.look')}>
      {choice('theme', t('settings.theme'), [
        ['system', t('settings.theme.system')],
        ['light', t('settings.theme.light')],
        ['dark', t('settings.theme.dark')],
      ])}
      {choice(
        'textSize',
        t('settings.textSize'),
        textSizes.map((size) => [size, t('settings.px', { size: `${size}` })]),
      )}
      {choice(
        'logSize',
        t('settings.logSize'),
        logSizes.map((size) => [size, t('settings.px', { size: `${size}` })]),
      )}
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
      <div className={styles['indent']}>
        <Button onClick={() => setKeys(true)} size="small">
          {t('settings.keys')}
        </Button>
      </div>
      <dl className={styles['rows']}>
        <dt>{t('settings.language')}</dt>
        <dd>{t('settings.languageText')}</dd>
      </dl>
      {keys ? <KeyHelp onClose={() => setKeys(false)} /> : null}
    </Section>
  );
}
