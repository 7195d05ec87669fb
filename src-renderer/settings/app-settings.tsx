import { useCallback, useEffect, useState } from 'react';
import type { AppSettings } from '../../src-shared/host-calls.ts';
import type { CallInput } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { selectFacts } from '../app/engine-store.ts';
import { useEngine, useHarrier } from '../app/harrier.ts';
import { t } from '../app/text.ts';
import { Switch } from '../ui/choice.tsx';
import { Button, ErrorText } from '../ui/controls.tsx';
import styles from './settings.module.css';

/** Settings of Harrier itself; undefined until the engine has told them. */
export function useAppSettings() {
  const { client } = useHarrier();
  const [settings, setSettings] = useState<AppSettings>();
  const change = useAction('settings.change');
  const login = useAction('login.set');
  const read = useCallback(
    () =>
      client.call('settings.read', {}).then(setSettings, () => {
        // The banner says that the connection is lost.
      }),
    [client],
  );
  useEffect(() => void read(), [read]);
  return {
    settings,
    trouble: change.trouble ?? login.trouble,
    /** Shown at once; what the engine says afterwards counts. */
    async set(next: CallInput<'settings.change'>): Promise<boolean> {
      setSettings((before) => before && { ...before, ...next });
      const answer = await change.run(next);
      await read();
      return answer !== undefined;
    },
    async setLogin(on: boolean): Promise<boolean> {
      setSettings((before) => before && { ...before, login: { needsApproval: false, ...before.login, on } });
      const answer = await login.run({ on });
      await read();
      return answer !== undefined;
    },
  };
}

/** How Harrier starts, closes and tells. What a host cannot do is not shown. */
export function AppSettingsForm() {
  const { settings, set, setLogin, trouble } = useAppSettings();
  const host = useEngine((state) => selectFacts(state)?.host);
  const tryNote = useAction('note.try');
  if (settings === undefined) return null;
  const desktop = host?.kind === 'electron';
  return (
    <>
      <fieldset className={styles['group']}>
        <legend>{t('settings.notifications')}</legend>
        <div className={styles['switches']}>
          <Switch
            hint={t(desktop ? 'settings.notifyHint' : 'settings.notifyHintWeb')}
            label={t('settings.notify')}
            on={settings.notifications}
            onChange={(notifications) => void set({ notifications })}
          />
          <div>
            <Button busy={tryNote.busy} onClick={() => void tryNote.run({})} size="small">
              {t('settings.tryNote')}
            </Button>
          </div>
        </div>
      </fieldset>
      <fieldset className={styles['group']}>
        <legend>{t('settings.start')}</legend>
        <div className={styles['switches']}>
          {settings.login ? (
            <Switch
              hint={settings.login.needsApproval ? t('settings.loginApproval') : undefined}
              label={t('settings.login')}
              on={settings.login.on}
              onChange={(on) => void setLogin(on)}
            />
          ) : null}
          {desktop ? (
            <Switch
              hint={t('settings.hiddenHint')}
              label={t('settings.hidden')}
              on={settings.startHidden}
              onChange={(startHidden) => void set({ startHidden })}
            />
          ) : null}
          <Switch
            hint={t('settings.pausedHint')}
            label={t('settings.paused')}
            on={settings.startPaused}
            onChange={(startPaused) => void set({ startPaused })}
          />
        </div>
      </fieldset>
      {desktop ? (
        <fieldset className={styles['group']}>
          <legend>{t('settings.close')}</legend>
          <div className={styles['options']}>
            {(['ask', 'keep', 'quit'] as const).map((value) => (
              <label key={value}>
                <input
                  checked={settings.closeWindow === value}
                  name="closeWindow"
                  onChange={() => void set({ closeWindow: value })}
                  type="radio"
                />
                {t(`settings.close.${value}`)}
              </label>
            ))}
          </div>
        </fieldset>
      ) : null}
      {desktop && host?.platform === 'darwin' ? (
        <fieldset className={styles['group']}>
          <legend>{t('settings.dock')}</legend>
          <div className={styles['options']}>
            {(['window', 'always'] as const).map((value) => (
              <label key={value}>
                <input
                  checked={settings.dockIcon === value}
                  name="dockIcon"
                  onChange={() => void set({ dockIcon: value })}
                  type="radio"
                />
                {t(`settings.dock.${value}`)}
              </label>
            ))}
          </div>
        </fieldset>
      ) : null}
      {trouble ? <ErrorText trouble={trouble} /> : null}
      {tryNote.trouble ? <ErrorText trouble={tryNote.trouble} /> : null}
    </>
  );
}

/** ON4: asked once, after the first runner; both are off until somebody says yes. */
export function AskOnce() {
  const { settings, set, setLogin, trouble } = useAppSettings();
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
