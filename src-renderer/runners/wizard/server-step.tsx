import { useState } from 'react';
import { useAction } from '../../app/actions.ts';
import { t } from '../../app/text.ts';
import { Button, ErrorText, Field } from '../../ui/controls.tsx';
import { Facts } from '../../ui/facts.tsx';
import type { StepProps } from './step-props.ts';
import styles from './wizard.module.css';

/** Where GitLab is. A server that is not trusted shows whom it comes from, and how to trust it. */
export function ServerStep({ draft, set, troubleAt }: StepProps) {
  const trouble = troubleAt('url');
  const refused = draft.server?.ok === false ? draft.server : undefined;
  const isTls = refused?.code === 'SERVER_TLS' && refused.elsewhere === undefined;
  const elsewhere = trouble ? refused?.elsewhere : undefined;
  return (
    <>
      <div className={styles['intro']}>
        <h2>{t('add.serverTitle')}</h2>
        <p>{t('add.serverText')}</p>
      </div>
      <Field
        inputMode="url"
        label={t('add.url')}
        onChange={(event) => set({ url: event.target.value, server: undefined, trouble: undefined })}
        placeholder="https://gitlab.com"
        trouble={trouble}
        value={draft.url}
      />
      {elsewhere !== undefined ? (
        <div className={styles['underError']}>
          <Button onClick={() => set({ url: elsewhere, server: undefined, trouble: undefined })}>
            {t('add.useElsewhere', { url: elsewhere })}
          </Button>
        </div>
      ) : null}
      {isTls || draft.caFile !== '' ? (
        <Field
          hint={t('add.caFileHint')}
          label={t('add.caFile')}
          onChange={(event) => set({ caFile: event.target.value })}
          placeholder="/etc/ssl/company-ca.pem"
          value={draft.caFile}
        />
      ) : null}
      {isTls && refused?.canTrust ? <Trust draft={draft} set={set} troubleAt={troubleAt} /> : null}
    </>
  );
}

/** The authority that the server shows. A press keeps it, if the server still shows the same. */
function Trust({ draft, set }: StepProps) {
  const trust = useAction('server.trust');
  const [kept, setKept] = useState(false);
  const top = draft.server?.chain?.at(-1);
  if (top === undefined) return null;
  const act = async (): Promise<void> => {
    const answer = await trust.run({ url: draft.url, fingerprint: top.fingerprint });
    if (answer === undefined) return;
    setKept(true);
    set({ server: undefined, trouble: undefined });
  };
  return (
    <section className={styles['chain']}>
      <h3>{t('add.chain')}</h3>
      <Facts
        className={styles['facts']}
        rows={[
          [t('add.chain.subject'), top.subject],
          [t('add.chain.issuer'), top.issuer],
          [t('add.chain.validTo'), top.validTo],
          [t('add.chain.fingerprint'), <code key="print">{top.fingerprint}</code>],
        ]}
      />
      <p>{t('add.trustText')}</p>
      {trust.trouble ? <ErrorText trouble={trust.trouble} /> : null}
      <div>
        <Button busy={trust.busy} onClick={() => void act()} {...(kept ? { reason: t('add.trust') } : {})}>
          {t('add.trust')}
        </Button>
      </div>
    </section>
  );
}
