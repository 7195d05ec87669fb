import { Check } from 'lucide-react';
import { t } from '../../app/text.ts';
import { dateOf, hostOf } from '../../ui/format.ts';
import { StateIcon } from '../../ui/state-icon.tsx';
import { type Draft, type Step, steps } from './draft.ts';
import { textsOf } from './executor-fields.ts';
import styles from './wizard.module.css';

/** The way through the wizard; what is done says what came of it, and can be opened again. */
export function Steps({ draft, onGo }: { readonly draft: Draft; readonly onGo: (step: Step) => void }) {
  const at = steps.indexOf(draft.step);
  return (
    <ol aria-label={t('add.steps')} className={styles['steps']}>
      {steps.map((step, index) => (
        <li aria-current={index === at ? 'step' : undefined} key={step}>
          <span className={styles['stepMark']} data-done={index < at || undefined}>
            {index < at ? <StateIcon state="passed" /> : index + 1}
          </span>
          {index < at ? (
            <button onClick={() => onGo(step)} type="button">
              {t(`add.step.${step}`)}
            </button>
          ) : (
            <b>{t(`add.step.${step}`)}</b>
          )}
          <div className={styles['stepNote']}>
            {index < at ? doneNote(step, draft) : <p>{t(`add.note.${step}`)}</p>}
          </div>
        </li>
      ))}
    </ol>
  );
}

function doneNote(step: Step, draft: Draft) {
  switch (step) {
    case 'server':
      return (
        <>
          <p>{hostOf(draft.url)}</p>
          <ul>
            {serverFacts(draft).map(({ text, warning }) => (
              <li data-warning={warning || undefined} key={text}>
                {warning ? <StateIcon size={12} state="warning" /> : <Check aria-hidden="true" size={12} />}
                {text}
              </li>
            ))}
          </ul>
        </>
      );
    case 'token':
      return (
        <p>
          {draft.check?.user !== undefined
            ? t('add.tokenOf', { user: draft.check.user })
            : t('runners.tokenTail', { tail: draft.token.slice(-4) })}
        </p>
      );
    case 'executor': {
      const title = textsOf(draft.executor)?.[0];
      return <p>{title === undefined ? draft.executor : t(title)}</p>;
    }
    default:
      return <p>{draft.tags.length > 0 ? draft.tags.join(', ') : t(`add.note.${step}`)}</p>;
  }
}

function serverFacts({ server, check, url }: Draft): readonly { readonly text: string; readonly warning?: boolean }[] {
  if (server === undefined) return [];
  const version = server.version ?? check?.version;
  const leaf = server.chain?.[0];
  return [
    { text: version !== undefined ? t('add.serverVersion', { version }) : t('add.serverAnswers') },
    ...(leaf !== undefined ? [{ text: t('add.tls', { date: dateOf(Date.parse(leaf.validTo)) }) }] : []),
    ...(server.plain ? [{ text: t('add.plain'), warning: true }] : []),
    { text: server.proxy !== undefined ? t('add.proxy', { proxy: server.proxy }) : t('add.noProxy') },
    ...(server.url !== undefined && server.url === url ? [{ text: t('add.moved', { url }) }] : []),
  ];
}
