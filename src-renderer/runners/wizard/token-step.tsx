import { ExternalLink, Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { t } from '../../app/text.ts';
import type { Trouble } from '../../app/wire-failure.ts';
import { Button, buttonClass, Field, IconButton, Note, OutLink } from '../../ui/controls.tsx';
import type { Draft } from './draft.ts';
import { MachineSurvey } from './machine-checks.tsx';
import type { StepProps } from './step-props.ts';
import styles from './wizard.module.css';

/** The token, of whatever kind, and what each kind means. */
export function TokenStep({ draft, set, troubleAt }: StepProps) {
  const trouble = troubleAt('token');
  return (
    <div className={styles['beside']}>
      <div className={styles['stack']}>
        <div className={styles['intro']}>
          <h2>{t('add.tokenTitle')}</h2>
          <p>{t('add.tokenText')}</p>
        </div>
        {draft.restored ? <Note tone="warn">{t('add.restored')}</Note> : null}
        <TokenField
          draft={draft}
          onChange={(token) => set({ token, check: undefined, trouble: undefined })}
          trouble={trouble}
        />
        {trouble && trouble.code !== 'INPUT' ? (
          <div className={styles['underError']}>
            <OutLink className={buttonClass} url={draft.url}>
              {t('add.newRunner')}
              <ExternalLink aria-hidden="true" size={14} />
            </OutLink>
            <Button kind="quiet" onClick={() => set({ step: 'server', trouble: undefined })}>
              {t('add.changeServer')}
            </Button>
          </div>
        ) : null}
        <section className={styles['kindsPart']}>
          <h3>{t('add.kinds')}</h3>
          <dl className={styles['kinds']}>
            {kinds.map(([prefix, text]) => (
              <div key={prefix}>
                <dt>
                  <code>{prefix}</code>
                </dt>
                <dd>{t(text)}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <aside aria-label={t('add.whatNext')} className={styles['next']}>
        <h3>{t('add.whatNext')}</h3>
        <p>{t('add.whatNextText')}</p>
        <MachineSurvey />
        <p>{t('add.sameUser')}</p>
      </aside>
    </div>
  );
}

const kinds = [
  ['glrt-…', 'add.kind.runner'],
  ['glpat-…', 'add.kind.personal'],
  ['glrtr-…, GR1348941…', 'add.kind.registration'],
] as const;

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
