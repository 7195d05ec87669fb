import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { DockerItem } from '../../src-shared/ipc.ts';
import { useCommands } from '../app/commands.ts';
import { t } from '../app/text.ts';
import { Button } from '../ui/controls.tsx';
import { byteSize, timeOfDay } from '../ui/format.ts';
import styles from './containers.module.css';
import { RemoveDialog } from './remove-dialog.tsx';
import { sizeOf } from './size.ts';

const order: readonly DockerItem['use'][] = ['none', 'job', 'kept', 'cache'];

/** What Harrier has made on one engine, by who needs it, and the removal of what nobody does. */
export function Contents({
  address,
  items,
  onChange,
}: {
  readonly address: string;
  readonly items: readonly DockerItem[];
  readonly onChange: () => Promise<void>;
}) {
  const [asking, setAsking] = useState(false);
  const removable = items.some(({ use }) => use !== 'job');
  useCommands(
    removable
      ? [
          {
            id: `containers.remove-${address}`,
            label: t('containers.remove'),
            icon: <Trash2 size={16} />,
            note: address,
            run: () => setAsking(true),
          },
        ]
      : [],
  );
  return (
    <section className={styles['part']}>
      <div className={styles['partHead']}>
        <h2>{t('containers.ours')}</h2>
        {items.length > 0 ? (
          <Button
            onClick={() => setAsking(true)}
            reason={removable ? undefined : t('containers.allInUse')}
            size="small"
          >
            <Trash2 aria-hidden="true" size={14} />
            {t('containers.remove')}
          </Button>
        ) : null}
      </div>
      <p className={styles['why']}>
        <code>{address}</code> · {summary(items)}
      </p>
      {order.map((use) => (
        <Use items={items.filter((each) => each.use === use)} key={use} use={use} />
      ))}
      {asking ? (
        <RemoveDialog address={address} items={items} onClose={() => setAsking(false)} onRemoved={onChange} />
      ) : null}
    </section>
  );
}

const summary = (items: readonly DockerItem[]): string =>
  items.length === 0
    ? t('containers.nothing')
    : t('containers.sum', { count: items.length, size: byteSize(sizeOf(items)) });

function Use({ use, items }: { readonly use: DockerItem['use']; readonly items: readonly DockerItem[] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h3 className={styles['useHead']}>
        <span>{t(`containers.use.${use}`)}</span>
        <span className="num">{byteSize(sizeOf(items))}</span>
      </h3>
      <ul>
        {items.map((each) => (
          <li className={styles['item']} key={`${each.kind} ${each.id}`}>
            <span>{t(`containers.kind.${each.kind}`)}</span>
            <span className={styles['name']}>
              <code>{each.name}</code>
              <span className={styles['sub']}>{origin(each)}</span>
            </span>
            <span className="num">{each.sizeBytes === undefined ? '' : byteSize(each.sizeBytes)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Whose it is, in words. */
const origin = ({ projectId, jobId, keptUntilMs }: DockerItem): string =>
  [
    projectId !== undefined ? t('containers.project', { id: projectId }) : '',
    jobId !== undefined ? t('containers.job', { id: jobId }) : '',
    keptUntilMs !== undefined ? t('containers.keptUntil', { time: timeOfDay(keptUntilMs) }) : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
