import { useState } from 'react';
import { notifyLevels } from '../../src-shared/config/harrier.ts';
import type { AppSettings } from '../../src-shared/host-calls.ts';
import { useAction } from '../app/actions.ts';
import { selectFacts, selectRunners } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { t } from '../app/text.ts';
import { Switch } from '../ui/choice.tsx';
import { Button, ErrorText } from '../ui/controls.tsx';
import { Options, Section, Select } from './section.tsx';
import styles from './settings.module.css';
import { type SettingsAccess, useSettings } from './use-settings.ts';

interface Props {
  readonly settings: AppSettings;
  readonly access: SettingsAccess;
}

/** Whether and of what a person is told. */
export function Notifications({ settings, access }: Props) {
  const desktop = useEngine((state) => selectFacts(state)?.host.kind === 'electron');
  const tryNote = useAction('note.try');
  const change = useAction('runner.change');
  const runners = useEngine(selectRunners).filter(({ local }) => !local);
  return (
    <Section title={t('settings.notifications')}>
      <div className={`${styles['switches']} ${styles['indent']}`}>
        <Switch
          hint={t(desktop ? 'settings.notifyHint' : 'settings.notifyHintWeb')}
          label={t('settings.notify')}
          on={settings.notifications}
          onChange={(notifications) => void access.set({ notifications })}
        />
        <div>
          <Button busy={tryNote.busy} onClick={() => void tryNote.run({})} size="small">
            {t('settings.tryNote')}
          </Button>
        </div>
        {tryNote.trouble ? <ErrorText trouble={tryNote.trouble} /> : null}
      </div>
      {runners.map((runner) => (
        <Select
          key={runner.key}
          label={runner.name}
          onChoose={(level) => void change.run({ runner: runner.key, values: { 'harrier.notify': level } })}
          options={notifyLevels.map((level) => [level, t(`edit.notify.${level}`)])}
          value={runner.notify ?? 'failures'}
        />
      ))}
      {change.trouble ? <ErrorText trouble={change.trouble} /> : null}
      <div className={`${styles['told']} ${styles['indent']}`}>
        <p>{t('settings.told')}</p>
        <ul>
          {(['job', 'many', 'refused', 'away', 'held', 'config'] as const).map((each) => (
            <li key={each}>{t(`settings.told.${each}`)}</li>
          ))}
        </ul>
      </div>
    </Section>
  );
}

/** How Harrier starts and what closing the window does. What a host cannot do is not shown. */
export function StartAndClose({ settings, access }: Props) {
  const host = useEngine((state) => selectFacts(state)?.host);
  const desktop = host?.kind === 'electron';
  return (
    <Section title={t(desktop ? 'settings.startClose' : 'settings.start')}>
      <div className={`${styles['switches']} ${styles['indent']}`}>
        {settings.login ? (
          <Switch
            hint={settings.login.needsApproval ? t('settings.loginApproval') : undefined}
            label={t('settings.login')}
            on={settings.login.on}
            onChange={(on) => void access.setLogin(on)}
          />
        ) : null}
        {desktop ? (
          <Switch
            hint={t('settings.hiddenHint')}
            label={t('settings.hidden')}
            on={settings.startHidden}
            onChange={(startHidden) => void access.set({ startHidden })}
          />
        ) : null}
        <Switch
          hint={t('settings.pausedHint')}
          label={t('settings.paused')}
          on={settings.startPaused}
          onChange={(startPaused) => void access.set({ startPaused })}
        />
      </div>
      {desktop ? (
        <Options
          legend={t('settings.close')}
          name="closeWindow"
          onChoose={(closeWindow) => void access.set({ closeWindow })}
          options={(['ask', 'keep', 'quit'] as const).map((value) => [value, t(`settings.close.${value}`)])}
          value={settings.closeWindow}
        />
      ) : null}
      {desktop && host?.platform === 'darwin' ? (
        <Options
          legend={t('settings.dock')}
          name="dockIcon"
          onChoose={(dockIcon) => void access.set({ dockIcon })}
          options={(['window', 'always'] as const).map((value) => [value, t(`settings.dock.${value}`)])}
          value={settings.dockIcon}
        />
      ) : null}
    </Section>
  );
}

/** ON4: asked once, after the first runner; both are off until somebody says yes. */
export function AskOnce() {
  const { settings, set, setLogin, trouble } = useSettings();
  const [notifications, setNotifications] = useState(false);
  const [atLogin, setAtLogin] = useState(false);
  const [answered, setAnswered] = useState(false);
  if (settings === undefined || (settings.asked && !answered)) return null;
  if (answered) return <p role="status">{t('ask1.saved')}</p>;
  const count = settings.login ? 2 : 1;
  const save = async (): Promise<void> => {
    if (atLogin && !(await setLogin(true))) return;
    if (await set({ notifications })) setAnswered(true);
  };
  return (
    <section className={styles['askOnce']}>
      <h3>{t('ask1.title', { count })}</h3>
      <Switch label={t('settings.notify')} on={notifications} onChange={setNotifications} />
      {settings.login ? <Switch label={t('settings.login')} on={atLogin} onChange={setAtLogin} /> : null}
      {trouble ? <ErrorText trouble={trouble} /> : null}
      <div>
        <Button onClick={() => void save()}>{t('ask1.save', { count })}</Button>
      </div>
    </section>
  );
}
