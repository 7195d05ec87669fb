import { ExternalLink } from 'lucide-react';
import { t } from '../../app/text.ts';
import { Switch } from '../../ui/choice.tsx';
import { buttonClass, ErrorText, Field, Note, OutLink } from '../../ui/controls.tsx';
import { type Draft, kindOf, serverDecides } from './draft.ts';
import { useExecutors } from './machine-checks.tsx';
import { ScopeChoice } from './scope-choice.tsx';
import type { StepProps } from './step-props.ts';
import { TagEditor } from './tag-editor.tsx';
import styles from './wizard.module.css';

/** Which jobs come here. Where GitLab decides it, that is said, with the way to the runner's page. */
export function TagsStep({ draft, set, troubleAt }: StepProps) {
  const machine = useExecutors()?.machine ?? '';
  const trouble = troubleAt('tags');
  return (
    <>
      <div className={styles['intro']}>
        <h2>{t('add.tagsTitle')}</h2>
        {serverDecides(draft) ? null : <p>{t('add.tagsText')}</p>}
      </div>
      {serverDecides(draft) ? (
        <KeptOnServer draft={draft} />
      ) : (
        <OnServer draft={draft} set={set} troubleAt={troubleAt} />
      )}
      <div className={styles['pair']}>
        <Field
          hint={machine === '' ? undefined : t('add.nameHint', { machine })}
          label={t('add.name')}
          onChange={(event) => set({ name: event.target.value })}
          value={draft.name}
        />
        <Field
          hint={t('add.limitHint')}
          inputMode="numeric"
          label={t('add.limit')}
          onChange={(event) => set({ limit: event.target.value, trouble: undefined })}
          trouble={troubleAt('limit')}
          value={draft.limit}
        />
      </div>
      {trouble ? <ErrorText trouble={trouble} /> : null}
    </>
  );
}

function KeptOnServer({ draft }: { readonly draft: Draft }) {
  const { check, tags, url } = draft;
  const id = check?.runnerId ?? 0;
  return (
    <section className={styles['kept']}>
      <h3>{t('add.serverKeeps')}</h3>
      <p>{t('add.serverKeepsText')}</p>
      {tags.length > 0 ? <Note tone="warn">{t('add.serverKeepsGiven')}</Note> : null}
      {check?.hint ? <Note tone="warn">{check.hint}</Note> : null}
      {check?.page === undefined ? <p>{t('add.findRunner', { id: String(id) })}</p> : null}
      <div>
        <OutLink className={buttonClass} url={check?.page ?? url}>
          {check?.page === undefined ? t('add.newRunner') : t('add.openRunner', { id: String(id) })}
          <ExternalLink aria-hidden="true" size={14} />
        </OutLink>
      </div>
    </section>
  );
}

/** What GitLab is told when Harrier makes the runner. */
function OnServer({ draft, set, troubleAt }: StepProps) {
  const untaggedOnly = draft.tags.length === 0;
  return (
    <>
      {kindOf(draft) === 'personal' ? <ScopeChoice draft={draft} set={set} troubleAt={troubleAt} /> : null}
      <TagEditor onChange={(tags) => set({ tags })} tags={draft.tags} />
      <Switch
        label={t('add.runUntagged')}
        on={untaggedOnly || draft.runUntagged}
        onChange={(runUntagged) => set({ runUntagged })}
        reason={untaggedOnly ? t('add.untaggedOnly') : undefined}
      />
      <fieldset className={styles['group']}>
        <legend>{t('add.more')}</legend>
        <Switch label={t('add.locked')} on={draft.locked} onChange={(locked) => set({ locked })} />
        <Switch
          label={t('add.protected')}
          on={draft.protectedOnly}
          onChange={(protectedOnly) => set({ protectedOnly })}
        />
        <Switch label={t('add.paused')} on={draft.paused} onChange={(paused) => set({ paused })} />
        <div className={styles['grid']}>
          <Field
            hint={t('add.timeoutHint')}
            inputMode="numeric"
            label={t('add.timeout')}
            onChange={(event) => set({ timeout: event.target.value, trouble: undefined })}
            trouble={troubleAt('timeout')}
            value={draft.timeout}
          />
          <Field
            label={t('add.noteText')}
            maxLength={1024}
            onChange={(event) => set({ note: event.target.value })}
            value={draft.note}
          />
        </div>
      </fieldset>
    </>
  );
}
