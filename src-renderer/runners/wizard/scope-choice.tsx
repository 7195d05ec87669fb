import { useEffect, useState } from 'react';
import type { CallOutput } from '../../../src-shared/ipc.ts';
import { useHarrier } from '../../app/harrier.ts';
import { t } from '../../app/text.ts';
import { type Trouble, troubleOf } from '../../app/wire-failure.ts';
import { Choice } from '../../ui/choice.tsx';
import { ErrorText, Field } from '../../ui/controls.tsx';
import type { StepProps } from './step-props.ts';
import styles from './wizard.module.css';

type Target = CallOutput<'target.search'>['targets'][number];
/** Typing goes on: GitLab is asked when it rests. */
const restMs = 300;

/** What a runner that Harrier makes serves: the instance, or a group or project that this token can see. */
export function ScopeChoice({ draft, set, troubleAt }: StepProps) {
  const allowed = draft.check?.scopes ?? ['project', 'group', 'instance'];
  const [type, setType] = useState(draft.scope?.type ?? (allowed.includes('project') ? 'project' : allowed[0]));
  const trouble = troubleAt('scope');
  return (
    <div className={styles['stack']} data-invalid={trouble !== undefined || undefined}>
      <Choice
        legend={t('add.scope')}
        name="scope"
        onChoose={(chosen) => {
          setType(chosen);
          set({ scope: chosen === 'instance' ? { type: 'instance' } : undefined, trouble: undefined });
        }}
        options={(['project', 'group', 'instance'] as const)
          .filter((each) => allowed.includes(each))
          .map((value) => ({ value, title: t(`add.scope.${value}`) }))}
        row
        value={type}
      />
      {type === 'project' || type === 'group' ? (
        draft.check?.canSearch ? (
          <TargetSearch draft={draft} key={type} kind={type} set={set} />
        ) : (
          <Field
            hint={t('add.scope.idHint')}
            inputMode="numeric"
            label={t(`add.scope.id.${type}`)}
            onChange={(event) => {
              const id = Number(event.target.value);
              set({
                scope: Number.isInteger(id) && id > 0 ? { type, id, path: '' } : undefined,
                trouble: undefined,
              });
            }}
            {...(draft.scope?.type === type ? { defaultValue: draft.scope.id } : {})}
          />
        )
      ) : null}
      {trouble ? <ErrorText trouble={trouble} /> : null}
    </div>
  );
}

/** A field that finds, and what was found as rows to choose from. */
function TargetSearch({ draft, set, kind }: Pick<StepProps, 'draft' | 'set'> & { readonly kind: 'group' | 'project' }) {
  const { client } = useHarrier();
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Target[]>();
  const [trouble, setTrouble] = useState<Trouble>();
  const { url, token, caFile, scope } = draft;
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(
      () =>
        client
          .call('target.search', { url, token, kind, text: text.trim(), ...(caFile.trim() !== '' ? { caFile } : {}) })
          .then(
            ({ targets }) => {
              if (gone) return;
              setFound(targets);
              setTrouble(undefined);
            },
            (error: unknown) => {
              if (!gone) setTrouble(troubleOf(error));
            },
          ),
      text === '' ? 0 : restMs,
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, url, token, caFile, kind, text]);
  const chosen = scope?.type === kind ? scope : undefined;
  const rows = [
    ...(chosen !== undefined && !found?.some(({ id }) => id === chosen.id)
      ? [{ id: chosen.id, path: chosen.path, name: chosen.path }]
      : []),
    ...(found ?? []),
  ];
  return (
    <div className={styles['stack']}>
      <Field
        label={t(`add.scope.search.${kind}`)}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // Enter chooses the only one that is left, and does not end the step.
          if (event.key !== 'Enter' || text === '') return;
          event.preventDefault();
          const [first] = found ?? [];
          if (first !== undefined) set({ scope: { type: kind, id: first.id, path: first.path }, trouble: undefined });
        }}
        trouble={trouble}
        type="search"
        value={text}
      />
      <div aria-busy={found === undefined} className={styles['targets']}>
        {rows.map((target) => (
          <label key={target.id}>
            <input
              checked={chosen?.id === target.id}
              name="target"
              onChange={() => set({ scope: { type: kind, id: target.id, path: target.path }, trouble: undefined })}
              type="radio"
            />
            <span>{target.path}</span>
          </label>
        ))}
        {rows.length === 0 && trouble === undefined ? (
          <p role="status">
            {found === undefined
              ? t('add.scope.searching')
              : text === ''
                ? t('add.scope.empty')
                : t('add.scope.none', { text })}
          </p>
        ) : null}
      </div>
    </div>
  );
}
