import { useEffect, useState } from 'react';
import { selectFacts } from '../../app/engine-store.ts';
import { useEngine, useHarrier } from '../../app/harrier.ts';
import { t } from '../../app/text.ts';
import { type Trouble, troubleOf } from '../../app/wire-failure.ts';
import { ErrorText, LinkButton } from '../../ui/controls.tsx';
import { Facts } from '../../ui/facts.tsx';
import { hostOf } from '../../ui/format.ts';
import { type Draft, kindOf, type Step, serverDecides, settingsFrom } from './draft.ts';
import { textsOf } from './executor-fields.ts';
import { useExecutors } from './machine-checks.tsx';
import type { StepProps } from './step-props.ts';
import styles from './wizard.module.css';

/** Everything once more, and the very lines that go into config.toml. */
export function SaveStep({ draft, set, troubleAt }: StepProps) {
  const path = useEngine((state) => selectFacts(state)?.configPath) ?? 'config.toml';
  const machine = useExecutors()?.machine ?? '';
  const { text, trouble: previewTrouble } = usePreview(draft);
  const trouble = troubleAt('save') ?? previewTrouble;
  const row = (step: Step, name: string, value: string) =>
    [
      name,
      <span className={styles['summaryRow']} key={name}>
        <span>{value}</span>
        <LinkButton aria-label={t('add.change', { what: name })} onClick={() => set({ step, trouble: undefined })}>
          {t('add.changeIt')}
        </LinkButton>
      </span>,
    ] as const;
  const title = textsOf(draft.executor)?.[0];
  const kind = kindOf(draft);
  return (
    <>
      <div className={styles['intro']}>
        <h2>{t('add.saveTitle')}</h2>
        <p>{t('add.saveText', { path })}</p>
        {kind === 'personal' ? <p>{t('add.saveMakes')}</p> : null}
        {kind === 'registration' ? <p>{t('add.saveRegisters')}</p> : null}
      </div>
      <section>
        <h3>{t('add.summary')}</h3>
        <Facts
          className={styles['facts']}
          rows={[
            row('server', t('add.fact.server'), hostOf(draft.url)),
            row('token', t('add.fact.token'), tokenText(draft)),
            row('executor', t('add.fact.executor'), title === undefined ? draft.executor : t(title)),
            row('tags', t('add.fact.tags'), tagsText(draft)),
            row('tags', t('add.fact.limit'), draft.limit),
            row('tags', t('add.fact.name'), draft.name.trim() || machine),
          ]}
        />
      </section>
      <section>
        <h3>{t('add.preview')}</h3>
        <pre className={styles['preview']}>{text}</pre>
      </section>
      {trouble ? <ErrorText trouble={trouble} /> : null}
    </>
  );
}

function usePreview(draft: Draft): { readonly text: string; readonly trouble: Trouble | undefined } {
  const { client } = useHarrier();
  const [text, setText] = useState('');
  const [trouble, setTrouble] = useState<Trouble>();
  const { url, caFile, name, executor } = draft;
  const settings = JSON.stringify(settingsFrom(draft));
  useEffect(() => {
    let gone = false;
    client
      .call('runner.preview', {
        url,
        executor,
        settings: JSON.parse(settings),
        ...(caFile.trim() !== '' ? { caFile: caFile.trim() } : {}),
        ...(name.trim() !== '' ? { name: name.trim() } : {}),
      })
      .then(
        (answer) => {
          if (!gone) setText(answer.text);
        },
        (error: unknown) => {
          if (!gone) setTrouble(troubleOf(error));
        },
      );
    return () => {
      gone = true;
    };
  }, [client, url, caFile, name, executor, settings]);
  return { text, trouble };
}

function tokenText(draft: Draft): string {
  const tail = draft.token.slice(-4);
  if (kindOf(draft) !== 'personal') return t('runners.tokenTail', { tail });
  const path = draft.scope !== undefined && draft.scope.type !== 'instance' ? draft.scope.path : '';
  return [t('add.personalTail', { tail }), path === '' ? '' : t('add.servesProject', { path })]
    .filter(Boolean)
    .join(', ');
}

function tagsText(draft: Draft): string {
  if (serverDecides(draft)) return t('add.onServer');
  const tags = draft.tags.join(', ');
  if (tags === '') return t('add.noTags');
  return draft.runUntagged ? t('add.tagsAndUntagged', { tags }) : tags;
}
