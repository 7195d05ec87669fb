import { type FormEvent, useState } from 'react';
import type { AppSettings, Reached } from '../../src-shared/host-calls.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText, Field } from '../ui/controls.tsx';
import { ReachedList } from './reached.tsx';
import { Options, Section } from './section.tsx';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

type Mode = 'system' | 'none' | 'manual';
interface Draft {
  readonly mode?: Mode;
  readonly proxy?: string;
  readonly noProxy?: string;
  readonly caFile?: string;
}
const modeOf = (proxy: string): Mode => (proxy === 'system' || proxy === 'none' ? proxy : 'manual');

/** How GitLab is reached: proxy and further authorities. Tried as it stands here, saved by a press. */
export function Connection({ settings, access }: { readonly settings: AppSettings; readonly access: SettingsAccess }) {
  /** What was changed and is not saved; the rest is as the engine told. */
  const [draft, setDraft] = useState<Draft>({});
  const [reached, setReached] = useState<readonly Reached[]>();
  const save = useAction('settings.change');
  const test = useAction('connection.test');
  const mode = draft.mode ?? modeOf(settings.proxy);
  const manual = draft.proxy ?? (modeOf(settings.proxy) === 'manual' ? settings.proxy : '');
  const now = {
    proxy: mode === 'manual' ? manual.trim() : mode,
    noProxy: (draft.noProxy ?? settings.noProxy).trim(),
    caFile: (draft.caFile ?? settings.caFile).trim(),
  };
  const isSame = now.proxy === settings.proxy && now.noProxy === settings.noProxy && now.caFile === settings.caFile;
  const change = (next: Draft): void => {
    setDraft({ ...draft, ...next });
    setReached(undefined);
    save.clear();
    test.clear();
  };
  const isEmpty = mode === 'manual' && now.proxy === '';
  const empty = isEmpty ? t('settings.proxyMissing') : undefined;
  const onSave = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isSame || isEmpty || save.busy) return;
    if ((await save.run(now)) === undefined) return;
    await access.read();
    setDraft({});
  };
  const tryIt = (): void => void test.run(now).then((answer) => setReached(answer?.reached));
  useCommands([{ id: 'testConnection', label: t('settings.testCommand'), run: tryIt }]);
  const trouble = save.trouble ?? test.trouble;
  const at = (word: string) => (trouble?.message.includes(word) ? trouble : undefined);
  return (
    <Section title={t('settings.connection')}>
      <form className={styles['parts']} noValidate onSubmit={(event) => void onSave(event)}>
        <Options
          legend={t('settings.proxy')}
          name="proxy"
          onChoose={(value) => change({ mode: value })}
          options={(['system', 'none', 'manual'] as const).map((value) => [value, t(`settings.proxy.${value}`)])}
          value={mode}
        />
        <div className={`${styles['beside']} ${styles['indent']}`}>
          <p className={styles['hint']}>{t(`settings.proxyHint.${mode}`)}</p>
          {mode === 'manual' ? (
            <>
              <Field
                hint={settings.proxyHasLogin ? t('settings.proxyLogin') : undefined}
                label={t('settings.proxyAddress')}
                onChange={(event) => change({ proxy: event.target.value })}
                placeholder="http://proxy.example:3128"
                trouble={at('harrier.proxy') ?? at('the proxy')}
                value={manual}
              />
              <Field
                hint={t('settings.noProxyHint')}
                label={t('settings.noProxy')}
                onChange={(event) => change({ noProxy: event.target.value })}
                placeholder="localhost, .internal.example, 10.0.0.0/8"
                value={draft.noProxy ?? settings.noProxy}
              />
            </>
          ) : null}
          <Field
            hint={t('settings.caFileHint')}
            label={t('settings.caFile')}
            onChange={(event) => change({ caFile: event.target.value })}
            trouble={at('ca_file')}
            value={draft.caFile ?? settings.caFile}
          />
          {trouble && !at('proxy') && !at('ca_file') ? <ErrorText trouble={trouble} /> : null}
          <div className={styles['buttons']}>
            <Button
              busy={save.busy}
              kind="primary"
              reason={empty ?? (isSame ? t('settings.nothingChanged') : undefined)}
              type="submit"
            >
              {t('settings.save')}
            </Button>
            <Button busy={test.busy} onClick={tryIt} reason={empty}>
              {t('settings.test')}
            </Button>
          </div>
          {reached ? <ReachedList reached={reached} /> : null}
        </div>
      </form>
    </Section>
  );
}
