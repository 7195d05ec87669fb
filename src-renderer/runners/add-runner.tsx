import { Check, Eye, EyeOff } from 'lucide-react';
import { type ClipboardEvent, type FormEvent, useState } from 'react';
import { useStore } from 'zustand';
import { useHarrier } from '../app/harrier.ts';
import { goTo } from '../app/route.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { type Trouble, troubleOf } from '../app/wire-failure.ts';
import { Button, ErrorText, Field, IconButton } from '../ui/controls.tsx';
import { hostOf } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { CloseLink } from './close-link.tsx';
import { addInput, type Draft, draftStore, emptyDraft, placeOfTrouble, type Step, steps } from './draft.ts';
import { cleanToken, cleanUrl, readCommand, tokenKind } from './paste.ts';
import styles from './runners.module.css';

/** Adds a runner in three steps; each is checked before the next. What was typed stays until it is finished. */
export function AddRunner() {
  const { client } = useHarrier();
  const draft = useStore(draftStore);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<Draft>): void => draftStore.setState(change);
  const at = steps.indexOf(draft.step);

  const checkServer = async (): Promise<void> => {
    const url = cleanUrl(draft.url);
    if (url === '') return set({ trouble: { field: 'url', trouble: { code: 'EMPTY', message: t('add.urlMissing') } } });
    set({ url, trouble: undefined });
    const answer = await client.call('server.probe', { url });
    if (answer.ok) set({ server: answer, step: 'token' });
    else
      set({
        trouble: {
          field: 'url',
          trouble: { code: 'SERVER', message: answer.message, hint: answer.hint ?? t('add.urlHint') },
        },
      });
  };
  const checkToken = (): void => {
    const token = cleanToken(draft.token);
    const trouble = tokenTrouble(token);
    set({ token, ...(trouble ? { trouble: { field: 'token', trouble } } : { trouble: undefined, step: 'executor' }) });
  };
  const finish = async (): Promise<void> => {
    const limit = Number(draft.limit);
    if (!Number.isInteger(limit) || limit < 0)
      return set({ trouble: { field: 'limit', trouble: { code: 'LIMIT', message: t('add.limitWrong') } } });
    set({ trouble: undefined });
    const { runner } = await client.call('runner.add', addInput(draft));
    draftStore.setState(emptyDraft);
    goTo({ view: 'runners', runner });
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      if (draft.step === 'server') await checkServer();
      else if (draft.step === 'token') checkToken();
      else await finish();
    } catch (error) {
      const trouble = troubleOf(error);
      const place =
        draft.step === 'server' ? { step: 'server' as const, field: 'url' as const } : placeOfTrouble(trouble.code);
      set({ step: place.step, trouble: { field: place.field, trouble } });
    } finally {
      setBusy(false);
    }
  };
  const onPaste = (event: ClipboardEvent): void => {
    const command = readCommand(event.clipboardData.getData('text'));
    if (command === undefined) return;
    event.preventDefault();
    set({
      ...(command.url !== undefined ? { url: cleanUrl(command.url), server: undefined } : {}),
      ...(command.token !== undefined ? { token: cleanToken(command.token) } : {}),
      ...(command.name !== undefined ? { name: command.name } : {}),
      ...(command.executor === 'docker' || command.executor === 'shell' ? { executor: command.executor } : {}),
      trouble: undefined,
    });
  };
  const troubleAt = (field: string) => (draft.trouble?.field === field ? draft.trouble.trouble : undefined);

  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <div className={shell['headText']}>
          <h1>{t('runners.add')}</h1>
          <p>{t('add.draft')}</p>
        </div>
        <CloseLink />
      </header>
      <div className={styles['wizard']}>
        <Steps draft={draft} onGo={(step) => set({ step, trouble: undefined })} />
        <div className={styles['form']}>
          <form id="add-runner" noValidate onPaste={onPaste} onSubmit={(event) => void submit(event)}>
            {draft.step === 'server' ? (
              <>
                <div>
                  <h2>{t('add.serverTitle')}</h2>
                  <p>{t('add.serverText')}</p>
                </div>
                <Field
                  hint={t('add.urlExample')}
                  inputMode="url"
                  key="url"
                  label={t('add.url')}
                  onChange={(event) => set({ url: event.target.value, server: undefined, trouble: undefined })}
                  placeholder="https://gitlab.com"
                  trouble={troubleAt('url')}
                  value={draft.url}
                />
              </>
            ) : draft.step === 'token' ? (
              <>
                <div>
                  <h2>{t('add.tokenTitle')}</h2>
                  <p>{t('add.tokenText')}</p>
                </div>
                <TokenField
                  draft={draft}
                  onChange={(token) => set({ token, trouble: undefined })}
                  trouble={troubleAt('token')}
                />
                <TokenKinds />
              </>
            ) : (
              <ExecutorStep draft={draft} set={set} troubleAt={troubleAt} />
            )}
          </form>
        </div>
      </div>
      <footer className={styles['wizardFoot']}>
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
    </div>
  );
}

function tokenTrouble(token: string): Trouble | undefined {
  if (token === '') return { code: 'EMPTY', message: t('add.tokenMissing') };
  if (tokenKind(token) !== 'personal') return undefined;
  return { code: 'KIND', message: t('add.tokenPersonal'), hint: t('add.tokenPersonalHint') };
}

function Steps({ draft, onGo }: { readonly draft: Draft; readonly onGo: (step: Step) => void }) {
  const at = steps.indexOf(draft.step);
  return (
    <ol aria-label={t('add.steps')} className={styles['steps']}>
      {steps.map((step, index) => (
        <li aria-current={index === at ? 'step' : undefined} key={step}>
          {index < at ? (
            <span className={styles['stepMark']} data-done="">
              <StateIcon state="passed" />
            </span>
          ) : (
            <span className={styles['stepMark']}>{index + 1}</span>
          )}
          {index < at ? (
            <button onClick={() => onGo(step)} type="button">
              {t(`add.step.${step}`)}
            </button>
          ) : (
            <b>{t(`add.step.${step}`)}</b>
          )}
          <p>{stepNote(step, draft)}</p>
        </li>
      ))}
    </ol>
  );
}

function stepNote(step: Step, draft: Draft) {
  if (step === 'server' && draft.server !== undefined)
    return (
      <>
        {hostOf(draft.url)}
        <br />
        <Check aria-hidden="true" size={12} style={{ display: 'inline', marginInlineEnd: 6, color: 'var(--ok)' }} />
        {draft.server.version !== undefined
          ? t('add.serverVersion', { version: draft.server.version })
          : draft.server.message}
      </>
    );
  if (step === 'token' && draft.step === 'executor') return t('runners.tokenTail', { tail: draft.token.slice(-4) });
  return t(`add.note.${step}`);
}

function TokenField({
  draft,
  trouble,
  onChange,
}: {
  readonly draft: Draft;
  readonly trouble: Trouble | undefined;
  readonly onChange: (token: string) => void;
}) {
  const [shown, setShown] = useState(false);
  return (
    <div className={styles['token']}>
      <Field
        label={t('add.token')}
        onChange={(event) => onChange(event.target.value)}
        placeholder="glrt-"
        style={{ fontFamily: 'var(--mono)', fontSize: 12, paddingInlineEnd: 36 }}
        trouble={trouble}
        type={shown ? 'text' : 'password'}
        value={draft.token}
      />
      <IconButton label={t(shown ? 'add.hideToken' : 'add.showToken')} onClick={() => setShown(!shown)}>
        {shown ? <EyeOff size={16} /> : <Eye size={16} />}
      </IconButton>
    </div>
  );
}

const TokenKinds = () => (
  <section className={styles['kindsPart']}>
    <h3>{t('add.kinds')}</h3>
    <dl className={styles['kinds']}>
      <dt>
        <code>glrt-…</code>
      </dt>
      <dd>{t('add.kind.runner')}</dd>
      <dt>
        <code>GR1348941…</code>
      </dt>
      <dd>{t('add.kind.registration')}</dd>
    </dl>
  </section>
);

function ExecutorStep({
  draft,
  set,
  troubleAt,
}: {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly troubleAt: (field: string) => Trouble | undefined;
}) {
  const trouble = troubleAt('executor');
  return (
    <>
      <div>
        <h2>{t('add.executorTitle')}</h2>
        <p>{t('add.executorText')}</p>
      </div>
      <fieldset className={styles['choices']}>
        <legend>{t('add.executor')}</legend>
        {(['shell', 'docker'] as const).map((executor) => (
          <label key={executor}>
            <input
              checked={draft.executor === executor}
              name="executor"
              onChange={() => set({ executor, trouble: undefined })}
              type="radio"
            />
            {t(`add.executor.${executor}`)}
            <small>{t(`add.executor.${executor}Text`)}</small>
          </label>
        ))}
      </fieldset>
      {draft.executor === 'docker' ? (
        <Field
          hint={t('add.imageHint')}
          label={t('add.image')}
          onChange={(event) => set({ image: event.target.value })}
          value={draft.image}
        />
      ) : null}
      <div className={styles['pair']}>
        <Field
          hint={t('add.nameHint')}
          label={t('add.name')}
          onChange={(event) => set({ name: event.target.value })}
          value={draft.name}
        />
        <Field
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
