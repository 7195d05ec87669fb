import { SquareTerminal, Trash2 } from 'lucide-react';
import type { KeptView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { shortcuts, withKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText, Note } from '../ui/controls.tsx';
import { timeOfDay } from '../ui/format.ts';
import { useOpenTerminal } from './open-terminal.ts';
import styles from './terminals.module.css';

/** On the page of a job that runs. */
export function OpenTerminal({ job }: { readonly job: string }) {
  const { open, busy, trouble } = useOpenTerminal();
  const keys = shortcuts.terminal[0];
  useCommands([
    {
      id: 'job.terminal',
      label: t('terminals.open'),
      icon: <SquareTerminal size={16} />,
      keys,
      run: () => void open(job),
    },
  ]);
  return (
    <>
      {trouble ? <ErrorText trouble={trouble} /> : null}
      <Button busy={busy} onClick={() => void open(job)} title={withKeys(t('terminals.open'), keys)}>
        <SquareTerminal aria-hidden="true" size={14} />
        {t('terminals.ofJob')}
      </Button>
    </>
  );
}

/** On the page of a job whose environment is kept. */
export function KeptNote({ kept }: { readonly kept: KeptView }) {
  const { open, busy, trouble } = useOpenTerminal();
  const remove = useAction('kept.remove');
  const problem = trouble ?? remove.trouble;
  useCommands([
    {
      id: 'job.terminal',
      label: t('terminals.open'),
      icon: <SquareTerminal size={16} />,
      keys: shortcuts.terminal[0],
      run: () => void open(kept.key),
    },
    {
      id: 'kept.remove',
      label: t('kept.removeName', { name: kept.name }),
      icon: <Trash2 size={16} />,
      run: () => void remove.run({ job: kept.key }),
    },
  ]);
  return (
    <div className={styles['notice']}>
      <Note
        action={
          <span className={styles['noteActions']}>
            <Button busy={busy} onClick={() => void open(kept.key)} size="small">
              <SquareTerminal aria-hidden="true" size={14} />
              {t('terminals.open')}
            </Button>
            <Button busy={remove.busy} danger onClick={() => void remove.run({ job: kept.key })} size="small">
              {t('kept.remove')}
            </Button>
          </span>
        }
        tone="warn"
      >
        {t('kept.ofJob', { time: timeOfDay(kept.untilMs) })}
        {problem ? <ErrorText trouble={problem} /> : null}
      </Note>
    </div>
  );
}
