import { RotateCcw } from 'lucide-react';
import { type ClipboardEvent, type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { useHarrier } from '../../app/harrier.ts';
import shell from '../../app/shell.module.css';
import { t } from '../../app/text.ts';
import { troubleOf } from '../../app/wire-failure.ts';
import { Button, Note } from '../../ui/controls.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CloseLink } from '../close-link.tsx';
import { Added } from './added.tsx';
import { createAdvance } from './advance.ts';
import { type Draft, draftStore, emptyDraft, fromCommand, placeOfTrouble, type Step, steps } from './draft.ts';
import { ExecutorStep } from './executor-step.tsx';
import { isRegisterCommand } from './paste.ts';
import { SaveStep } from './save-step.tsx';
import { ServerStep } from './server-step.tsx';
import type { StepProps } from './step-props.ts';
import { Steps } from './steps.tsx';
import { TagsStep } from './tags-step.tsx';
import { TokenStep } from './token-step.tsx';
import styles from './wizard.module.css';

/** Adds a runner step by step (ON1); each is checked before the next. What was typed stays until it is finished. */
export function AddRunner() {
  const { client } = useHarrier();
  const draft = useStore(draftStore);
  const [busy, setBusy] = useState(false);
  const [startingOver, setStartingOver] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<Draft>): void => draftStore.setState(change);
  const at = steps.indexOf(draft.step);
  useFocusOnStep(form, draft);

  /** Runs something that may fail; its trouble goes to the field it belongs to. */
  const guarded = async (action: () => Promise<void>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    try {
      await action();
    } catch (error) {
      const trouble = troubleOf(error);
      const place = draftStore.getState().step === 'save' ? placeOfTrouble(trouble.code) : fieldOfStep(draft.step);
      set({ step: place.step, trouble: { field: place.field, trouble } });
    } finally {
      setBusy(false);
    }
  };
  const readCommand = async (command: string): Promise<void> => {
    const found = await client.call('register.read', { command });
    set(fromCommand(draftStore.getState(), found));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const typed = draft.step === 'server' ? draft.url : draft.token;
    void guarded(async () => {
      if ((draft.step === 'server' || draft.step === 'token') && isRegisterCommand(typed)) await readCommand(typed);
      await createAdvance(client)(draftStore);
    });
  };
  const onPaste = (event: ClipboardEvent): void => {
    const text = event.clipboardData.getData('text');
    if (!isRegisterCommand(text)) return;
    event.preventDefault();
    void guarded(() => readCommand(text));
  };
  const troubleAt: StepProps['troubleAt'] = (field) =>
    draft.trouble?.field === field ? draft.trouble.trouble : undefined;

  if (draft.added !== undefined) return <Added runnerKey={draft.added} />;
  return (
    <div className={shell['view']}>
      <header className={styles['head']}>
        <div className={shell['headText']}>
          <h1>{t('add.title')}</h1>
          <p>{t('add.draft', { at: at + 1, total: steps.length })}</p>
        </div>
        {draft.url !== '' ? (
          <Button kind="quiet" onClick={() => setStartingOver(true)}>
            <RotateCcw aria-hidden="true" size={14} />
            {t('add.startOver')}
          </Button>
        ) : null}
        <CloseLink />
      </header>
      <div className={styles['wizard']}>
        <Steps draft={draft} onGo={(step) => set({ step, trouble: undefined })} />
        <div className={styles['form']}>
          <form id="add-runner" noValidate onPaste={onPaste} onSubmit={submit} ref={form}>
            <Unused draft={draft} />
            {pageOf(draft.step, { draft, set, troubleAt })}
          </form>
        </div>
      </div>
      <footer className={styles['foot']}>
        {at > 0 ? (
          <Button onClick={() => set({ step: steps[at - 1] as Step, trouble: undefined })} size="large">
            {t('back')}
          </Button>
        ) : (
          <span />
        )}
        <Button busy={busy} form="add-runner" kind="primary" size="large" type="submit">
          {t(`add.next.${draft.step}`)}
        </Button>
      </footer>
      {startingOver ? (
        <Dialog
          actions={
            <>
              <Button onClick={() => setStartingOver(false)}>{t('add.keep')}</Button>
              <Button
                danger
                onClick={() => {
                  set(emptyDraft);
                  setStartingOver(false);
                }}
              >
                {t('add.startOver')}
              </Button>
            </>
          }
          onClose={() => setStartingOver(false)}
          title={t('add.startOverTitle')}
        >
          <p>{t('add.startOverText')}</p>
        </Dialog>
      ) : null}
    </div>
  );
}

function pageOf(step: Step, props: StepProps): ReactNode {
  switch (step) {
    case 'server':
      return <ServerStep {...props} />;
    case 'token':
      return <TokenStep {...props} />;
    case 'executor':
      return <ExecutorStep {...props} />;
    case 'tags':
      return <TagsStep {...props} />;
    case 'save':
      return <SaveStep {...props} />;
  }
}

const fieldOfStep = (step: Step) => ({
  step,
  field: { server: 'url', token: 'token', executor: 'executor', tags: 'tags', save: 'save' }[step],
});

/** What a pasted command held that is not used. */
function Unused({ draft: { unused } }: { readonly draft: Draft }) {
  if (unused === undefined) return null;
  const { unknown, ignored } = unused;
  if (unknown.length + ignored.length === 0)
    return (
      <p className="hidden-text" role="status">
        {t('add.readCommand')}
      </p>
    );
  return (
    <Note tone="warn">
      {unknown.length > 0 ? <p>{t('add.unusedUnknown', { list: unknown.join(', ') })}</p> : null}
      {ignored.length > 0 ? <p>{t('add.unusedIgnored', { list: ignored.join(', ') })}</p> : null}
    </Note>
  );
}

/** A new step begins at its first field; a step that has trouble at the field concerned. */
function useFocusOnStep(form: { readonly current: HTMLFormElement | null }, { step, trouble }: Draft): void {
  const shown = useRef<string>(undefined);
  const place = `${step} ${trouble?.field ?? ''}`;
  useEffect(() => {
    if (shown.current === place) return;
    const isNewStep = shown.current?.split(' ')[0] !== step;
    shown.current = place;
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    if (wrong) wrong.focus();
    else if (isNewStep) form.current?.querySelector<HTMLElement>('input, select')?.focus();
  }, [form, place, step]);
}
