import { t } from '../../app/text.ts';
import { Choice } from '../../ui/choice.tsx';
import { ErrorText, Field } from '../../ui/controls.tsx';
import { settingsFrom } from './draft.ts';
import { type ExecutorField, fieldsOf, textsOf } from './executor-fields.ts';
import { MachineChecks, useExecutors, useMachineChecks } from './machine-checks.tsx';
import type { StepProps } from './step-props.ts';
import styles from './wizard.module.css';

/** Where jobs run, what that needs, and whether this machine has it. */
export function ExecutorStep({ draft, set, troubleAt }: StepProps) {
  const found = useExecutors();
  const { checks, again } = useMachineChecks(draft.executor, settingsFrom(draft));
  const names = found?.executors ?? [draft.executor];
  const unknown = !names.includes(draft.executor);
  const trouble = troubleAt('executor');
  return (
    <>
      <div className={styles['intro']}>
        <h2>{t('add.executorTitle')}</h2>
        <p>{t('add.executorText')}</p>
      </div>
      <Choice
        columns={names.length > 3}
        legend={t('add.executor')}
        name="executor"
        onChoose={(executor) => set({ executor, trouble: undefined })}
        options={(unknown ? [...names, draft.executor] : names).map((name) => {
          const texts = textsOf(name);
          return {
            value: name,
            title: texts === undefined ? name : t(texts[0]),
            ...(texts === undefined ? {} : { text: t(texts[1]) }),
          };
        })}
        value={draft.executor}
      />
      {fieldsOf(draft.executor).length > 0 ? (
        <div className={styles['grid']}>
          {fieldsOf(draft.executor).map((field) => (
            <ExecutorInput
              field={field}
              key={field.key}
              onChange={(value) => set({ fields: { ...draft.fields, [field.key]: value }, trouble: undefined })}
              trouble={troubleAt(field.key)}
              value={draft.fields[field.key] ?? field.standard ?? ''}
            />
          ))}
        </div>
      ) : null}
      <MachineChecks checks={checks} onAgain={again} />
      {trouble ? <ErrorText trouble={trouble} /> : null}
    </>
  );
}

function ExecutorInput({
  field,
  value,
  trouble,
  onChange,
}: {
  readonly field: ExecutorField;
  readonly value: string;
  readonly trouble: ReturnType<StepProps['troubleAt']>;
  readonly onChange: (value: string) => void;
}) {
  const hint = field.hint === undefined ? {} : { hint: t(field.hint) };
  if (field.choices !== undefined)
    return (
      <Field
        {...hint}
        choices={field.choices.map((choice) => [choice, choice === '' ? t('field.shellStandard') : choice] as const)}
        label={t(field.label)}
        onChoose={onChange}
        value={value}
      />
    );
  return (
    <Field
      {...hint}
      label={t(field.label)}
      onChange={(event) => onChange(event.target.value)}
      trouble={trouble}
      type={field.secret ? 'password' : 'text'}
      value={value}
    />
  );
}
