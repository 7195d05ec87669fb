import { useState } from 'react';
import { isPruned } from '../../src-shared/docker/pruned.ts';
import type { DockerItem } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText, Note } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { byteSize } from '../ui/format.ts';
import styles from './containers.module.css';
import { sizeOf } from './size.ts';

/** Asks what of Harrier's own goes: leftovers, and what later jobs or a person would still use. */
export function RemoveDialog({
  address,
  items,
  onClose,
  onRemoved,
}: {
  readonly address: string;
  readonly items: readonly DockerItem[];
  readonly onClose: () => void;
  readonly onRemoved: () => Promise<void>;
}) {
  const prune = useAction('docker.prune');
  const [caches, setCaches] = useState(false);
  const [kept, setKept] = useState(false);
  const [failed, setFailed] = useState<readonly { readonly name: string; readonly message: string }[]>([]);
  const of = (use: DockerItem['use']) => items.filter((each) => each.use === use);
  const goes = items.filter((each) => isPruned(each, { caches, kept }));
  const remove = async (): Promise<void> => {
    const answer = await prune.run({ address, caches, kept });
    if (answer === undefined) return;
    setFailed(answer.failed);
    if (answer.failed.length === 0) onClose();
    await onRemoved();
  };
  const choice = (use: 'cache' | 'kept', checked: boolean, change: (on: boolean) => void) =>
    of(use).length === 0 ? null : (
      <label>
        <input checked={checked} onChange={(event) => change(event.target.checked)} type="checkbox" />
        <span>
          {t(`containers.also.${use}`, { count: of(use).length, size: byteSize(sizeOf(of(use))) })}
          <span className={styles['sub']}>{t(`containers.also.${use}.cost`)}</span>
        </span>
      </label>
    );
  return (
    <Dialog
      actions={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            busy={prune.busy}
            danger
            onClick={() => void remove()}
            reason={goes.length === 0 ? t('containers.choose') : undefined}
          >
            {t('containers.removeNow', { count: goes.length, size: byteSize(sizeOf(goes)) })}
          </Button>
        </>
      }
      onClose={onClose}
      title={t('containers.removeTitle')}
    >
      <p>{t('containers.removeText')}</p>
      <div className={styles['choices']}>
        <p>{t('containers.leftovers', { count: of('none').length, size: byteSize(sizeOf(of('none'))) })}</p>
        {choice('cache', caches, setCaches)}
        {choice('kept', kept, setKept)}
      </div>
      {prune.trouble ? <ErrorText trouble={prune.trouble} /> : null}
      {failed.map(({ name, message }) => (
        <Note key={name} tone="fail">
          {name}: {message}
        </Note>
      ))}
    </Dialog>
  );
}
