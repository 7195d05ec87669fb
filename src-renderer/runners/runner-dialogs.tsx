import { type FormEvent, type ReactNode, useState } from 'react';
import type { RunnerView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { goTo } from '../app/route.ts';
import { t } from '../app/text.ts';
import type { Trouble } from '../app/wire-failure.ts';
import { Button, controlStyles, ErrorText, Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { hostOf } from '../ui/format.ts';

export type Asking = 'remove' | 'reset' | 'token' | 'stop';

interface DialogProps {
  readonly runner: RunnerView;
  readonly running: number;
  readonly onClose: () => void;
}

/** What must be asked before something that cannot be taken back. A typed token waits here while its dialog is closed. */
export function RunnerDialog({ asking, ...props }: DialogProps & { readonly asking: Asking | undefined }) {
  const [token, setToken] = useState('');
  switch (asking) {
    case 'remove':
      return <RemoveDialog {...props} />;
    case 'reset':
      return <ResetDialog {...props} />;
    case 'token':
      return <TokenDialog {...props} onToken={setToken} token={token} />;
    case 'stop':
      return <StopDialog {...props} />;
    case undefined:
      return null;
  }
}

/** What goes where when a runner is removed. */
function RemoveDialog({ runner, running, onClose }: DialogProps) {
  const remove = useAction('runner.remove');
  const act = async (onServer: boolean): Promise<void> => {
    if ((await remove.run({ runner: runner.key, onServer })) === undefined) return;
    onClose();
    goTo({ view: 'runners' });
  };
  const host = hostOf(runner.url);
  return (
    <Ask
      actions={
        <>
          <Button busy={remove.busy} onClick={() => void act(false)}>
            {t('remove.here')}
          </Button>
          <Button busy={remove.busy} danger onClick={() => void act(true)}>
            {t('remove.everywhere')}
          </Button>
        </>
      }
      onClose={onClose}
      title={t('remove.title', { name: runner.name })}
      trouble={remove.trouble}
    >
      <p>{t('remove.text', { host })}</p>
      <p>{t(runner.outlives ? 'remove.machine' : 'remove.whole', { host })}</p>
      {running > 0 ? <p>{t('remove.running', { count: running })}</p> : null}
    </Ask>
  );
}

function ResetDialog({ runner, onClose }: DialogProps) {
  const reset = useAction('runner.resetToken');
  const act = async (): Promise<void> => {
    const answer = await reset.run({ runner: runner.key });
    if (answer === undefined) return;
    onClose();
    goTo({ view: 'runners', runner: answer.runner });
  };
  return (
    <Ask
      actions={
        <Button busy={reset.busy} danger onClick={() => void act()}>
          {t('reset.act')}
        </Button>
      }
      onClose={onClose}
      title={t('reset.title', { name: runner.name })}
      trouble={reset.trouble}
    >
      <p>{t('reset.text')}</p>
    </Ask>
  );
}

/** Another token for an entry whose own is dead; its settings stay. */
function TokenDialog({
  runner,
  onClose,
  token,
  onToken,
}: DialogProps & { readonly token: string; readonly onToken: (token: string) => void }) {
  const change = useAction('runner.setToken');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (token.trim() === '' || change.busy) return;
    const answer = await change.run({ runner: runner.key, token });
    if (answer === undefined) return;
    onToken('');
    onClose();
    goTo({ view: 'runners', runner: answer.runner });
  };
  return (
    <Ask
      actions={
        <Button busy={change.busy} form="runner-token" kind="primary" type="submit">
          {t('token.act')}
        </Button>
      }
      onClose={onClose}
      title={t('token.title', { name: runner.name })}
      trouble={undefined}
    >
      <form id="runner-token" noValidate onSubmit={(event) => void submit(event)}>
        <p>{t('token.text', { host: hostOf(runner.url) })}</p>
        <Field
          label={t('add.token')}
          onChange={(event) => {
            onToken(event.target.value);
            change.clear();
          }}
          placeholder="glrt-"
          trouble={change.trouble}
          type="password"
          value={token}
        />
      </form>
    </Ask>
  );
}

function StopDialog({ runner, running, onClose }: DialogProps) {
  const stop = useAction('runner.stop');
  const act = async (): Promise<void> => {
    if ((await stop.run({ runner: runner.key })) !== undefined) onClose();
  };
  return (
    <Ask
      actions={
        <Button busy={stop.busy} danger onClick={() => void act()}>
          {t('stopRunner.act')}
        </Button>
      }
      onClose={onClose}
      title={t('stopRunner.title', { name: runner.name })}
      trouble={stop.trouble}
    >
      <p>{t('stopRunner.text', { count: running })}</p>
    </Ask>
  );
}

const Ask = ({
  title,
  children,
  actions,
  trouble,
  onClose,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions: ReactNode;
  readonly trouble: Trouble | undefined;
  readonly onClose: () => void;
}) => (
  <Dialog
    actions={
      <>
        <Button onClick={onClose}>{t('cancel')}</Button>
        {actions}
      </>
    }
    onClose={onClose}
    title={title}
  >
    <div className={controlStyles['dialogText']}>{children}</div>
    {trouble ? <ErrorText trouble={trouble} /> : null}
  </Dialog>
);
