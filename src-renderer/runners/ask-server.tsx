import { type FormEvent, useState } from 'react';
import type { RunnerView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { t } from '../app/text.ts';
import { Button, controlStyles, Field, OutLink } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import styles from './runners.module.css';
import { knownSince } from './why.ts';

/** Since when it is known what GitLab holds of a runner, and the way to ask anew. */
export function AskServer({ runner, now }: { readonly runner: RunnerView; readonly now: number }) {
  const [open, setOpen] = useState(false);
  // What was typed waits while the dialog is closed.
  const [token, setToken] = useState('');
  const { server } = runner;
  return (
    <div className={styles['ask']}>
      {server !== undefined ? (
        <p className={`${styles['sub']} num`}>{t('ask.since', { date: knownSince(server.atMs, now) })}</p>
      ) : null}
      <div>
        <Button onClick={() => setOpen(true)} size="small">
          {t('ask.open')}
        </Button>
        {server?.page !== undefined ? <OutLink url={server.page}>{t('ask.page')}</OutLink> : null}
      </div>
      {open ? <AskDialog onClose={() => setOpen(false)} onToken={setToken} runner={runner} token={token} /> : null}
    </div>
  );
}

function AskDialog({
  runner,
  onClose,
  token,
  onToken,
}: {
  readonly runner: RunnerView;
  readonly onClose: () => void;
  readonly token: string;
  readonly onToken: (token: string) => void;
}) {
  const ask = useAction('runner.ask');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (token.trim() === '' || ask.busy) return;
    if ((await ask.run({ runner: runner.key, token: token.trim() })) === undefined) return;
    onToken('');
    onClose();
  };
  return (
    <Dialog
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button busy={ask.busy} form="ask-server" kind="primary" type="submit">
            {t('ask.go')}
          </Button>
        </>
      }
      onClose={onClose}
      title={t('ask.title')}
    >
      <form id="ask-server" noValidate onSubmit={(event) => void submit(event)}>
        <p className={controlStyles['dialogText']}>{t('ask.text')}</p>
        <Field
          label={t('ask.token')}
          onChange={(event) => {
            onToken(event.target.value);
            ask.clear();
          }}
          placeholder="glpat-"
          trouble={ask.trouble}
          type="password"
          value={token}
        />
      </form>
    </Dialog>
  );
}
