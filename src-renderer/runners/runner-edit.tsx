import { type FormEvent, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Reached } from '../../src-shared/host-calls.ts';
import type { CallOutput, RunnerView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useHarrier } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { type Trouble, troubleOf } from '../app/wire-failure.ts';
import { ReachedList } from '../settings/reached.tsx';
import { Switch } from '../ui/choice.tsx';
import { Button, ErrorText, Field, OutLink } from '../ui/controls.tsx';
import { CloseLink } from './close-link.tsx';
import { changesOf, type EditField, editFields, textsFrom } from './edit-fields.ts';
import styles from './runners.module.css';

/** What was typed and not saved, by runner: it waits while the form is closed, until it is saved or given up. */
const drafts = createStore<Readonly<Record<string, Readonly<Record<string, string>>>>>()(() => ({}));

/** The usual settings of a runner, right beside the list; only what was changed is written. */
export function RunnerEdit({ runner, drawer }: { readonly runner: RunnerView; readonly drawer: boolean }) {
  const { client } = useHarrier();
  const [found, setFound] = useState<CallOutput<'runner.settings'>>();
  const { [runner.key]: draft, ...others } = useStore(drafts);
  const texts = { ...(found ? textsFrom(found, editFields(runner)) : {}), ...draft };
  const [wrong, setWrong] = useState<{ readonly key: string | undefined; readonly trouble: Trouble }>();
  const change = useAction('runner.change');
  const test = useAction('connection.test');
  const [reached, setReached] = useState<readonly Reached[]>();
  useEffect(() => {
    client
      .call('runner.settings', { runner: runner.key })
      .then(setFound, (error: unknown) => setWrong({ key: undefined, trouble: troubleOf(error) }));
  }, [client, runner.key]);
  const fields = editFields(runner);
  const back = (): void => {
    drafts.setState(others, true);
    goTo({ view: 'runners', runner: runner.key });
  };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (found === undefined || change.busy) return;
    const changes = changesOf(found, texts, fields);
    if ('wrong' in changes)
      return setWrong({ key: changes.wrong, trouble: { code: 'INPUT', message: t('edit.whole') } });
    setWrong(undefined);
    if ((await change.run({ runner: runner.key, ...changes })) !== undefined) back();
  };
  const refusedKey = fields.find(({ key }) => change.trouble?.message.includes(key.split('.').at(-1) ?? key))?.key;
  const troubleAt = (key: string): Trouble | undefined =>
    wrong?.key === key ? wrong.trouble : refusedKey === key ? change.trouble : undefined;
  const elsewhere =
    wrong !== undefined && wrong.key === undefined ? wrong.trouble : refusedKey ? undefined : change.trouble;
  return (
    <aside aria-label={runner.name} className={styles['detail']} data-drawer={drawer || undefined}>
      <header className={styles['detailHead']}>
        <div>
          <h2>{runner.name}</h2>
          <p>{t('edit.title')}</p>
        </div>
        <CloseLink />
      </header>
      <form className={styles['edit']} noValidate onSubmit={(event) => void save(event)}>
        {found === undefined && wrong === undefined ? <p role="status">{t('edit.reading')}</p> : null}
        {found === undefined
          ? null
          : fields.map((field) => (
              <EditInput
                field={field}
                key={field.key}
                onChange={(value) => {
                  drafts.setState({ [runner.key]: { ...draft, [field.key]: value } });
                  setWrong(undefined);
                  change.clear();
                  setReached(undefined);
                }}
                text={texts[field.key] ?? ''}
                trouble={troubleAt(field.key)}
              />
            ))}
        {elsewhere ? <ErrorText trouble={elsewhere} /> : null}
        {found === undefined ? null : (
          <div className={styles['test']}>
            <Button
              busy={test.busy}
              onClick={() =>
                void test
                  .run({ runner: runner.key, proxy: (texts['harrier.proxy'] ?? '').trim() })
                  .then((answer) => setReached(answer?.reached))
              }
              size="small"
            >
              {t('edit.test')}
            </Button>
            {test.trouble ? <ErrorText trouble={test.trouble} /> : null}
            {reached ? <ReachedList reached={reached} /> : null}
          </div>
        )}
        <p className={styles['sub']}>
          {t('edit.tags')} <OutLink url={runner.server?.page ?? runner.url}>{t('ask.page')}</OutLink>
        </p>
        <p className={styles['sub']}>
          <a href={hashOf({ view: 'config', runner: runner.key })}>{t('edit.all')}</a>
        </p>
        <div className={styles['editFoot']}>
          <Button busy={change.busy} kind="primary" type="submit">
            {t('edit.save')}
          </Button>
          <Button onClick={back}>{t('cancel')}</Button>
        </div>
      </form>
    </aside>
  );
}

function EditInput({
  field,
  text,
  trouble,
  onChange,
}: {
  readonly field: EditField;
  readonly text: string;
  readonly trouble: Trouble | undefined;
  readonly onChange: (text: string) => void;
}) {
  const hint = field.hint === undefined ? undefined : t(field.hint);
  if (field.kind === 'switch')
    return (
      <Switch
        hint={hint}
        label={t(field.label)}
        on={text === 'true'}
        onChange={(on) => onChange(on ? 'true' : 'false')}
      />
    );
  return (
    <Field
      hint={hint}
      label={t(field.label)}
      trouble={trouble}
      value={text}
      {...(field.kind === 'choice'
        ? { choices: field.choices.map(([value, name]) => [value, t(name)] as const), onChoose: onChange }
        : {
            onChange: (event) => onChange(event.target.value),
            ...(field.kind === 'whole' ? { inputMode: 'numeric' as const } : {}),
          })}
    />
  );
}
