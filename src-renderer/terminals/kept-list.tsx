import { ClockPlus, SquareTerminal, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { KeptView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { byteSize, clockTime } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import styles from './terminals.module.css';

const hourMs = 3_600_000;

/** What is kept of failed jobs, how much room it takes and when it ends. */
export function KeptList({
  kept,
  onOpen,
}: {
  readonly kept: readonly KeptView[];
  readonly onOpen: (job: string) => void;
}) {
  const removeAll = useAction('kept.removeAll');
  const [asking, setAsking] = useState(false);
  const bytes = kept.reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0);
  useCommands(
    kept.length > 0
      ? [
          {
            id: 'kept.removeAll',
            label: t('kept.removeAll'),
            icon: <Trash2 size={16} />,
            note: t('kept.title'),
            run: () => setAsking(true),
          },
        ]
      : [],
  );
  return (
    <section>
      <div className={styles['sectionHead']}>
        <h2>{t('kept.title')}</h2>
        {kept.length > 0 ? (
          <>
            <span className={`${styles['second']} num`}>
              {t('kept.summary', { count: kept.length, size: byteSize(bytes) })}
            </span>
            <span className={styles['spring']} />
            <Button busy={removeAll.busy} danger onClick={() => setAsking(true)} size="small">
              {t('kept.removeAll')}
            </Button>
          </>
        ) : null}
      </div>
      {removeAll.trouble ? <ErrorText trouble={removeAll.trouble} /> : null}
      {kept.length === 0 ? (
        <p className={styles['second']}>{t('kept.none')}</p>
      ) : (
        <ul className={styles['rows']}>
          {kept.map((each) => (
            <Kept kept={each} key={each.key} onOpen={() => onOpen(each.key)} />
          ))}
        </ul>
      )}
      {asking ? (
        <Dialog
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('cancel')}</Button>
              <Button
                danger
                onClick={() => {
                  setAsking(false);
                  void removeAll.run({});
                }}
              >
                {t('kept.removeAll')}
              </Button>
            </>
          }
          onClose={() => setAsking(false)}
          title={t('kept.removeAllTitle', { count: kept.length })}
        >
          <p>{t('kept.removeText')}</p>
        </Dialog>
      ) : null}
    </section>
  );
}

function Kept({ kept, onOpen }: { readonly kept: KeptView; readonly onOpen: () => void }) {
  const remove = useAction('kept.remove');
  const extend = useAction('kept.extend');
  const now = useNow(1000, true);
  const trouble = remove.trouble ?? extend.trouble;
  const longer = (): void => void extend.run({ job: kept.key, byMs: hourMs });
  const end = (): void => void remove.run({ job: kept.key });
  useCommands([
    {
      id: `kept.open-${kept.key}`,
      label: t('terminals.openIn', { name: kept.name }),
      icon: <SquareTerminal size={16} />,
      run: onOpen,
    },
    ...(kept.canExtend
      ? [
          {
            id: `kept.extend-${kept.key}`,
            label: t('kept.extendName', { name: kept.name }),
            icon: <ClockPlus size={16} />,
            run: longer,
          },
        ]
      : []),
    {
      id: `kept.remove-${kept.key}`,
      label: t('kept.removeName', { name: kept.name }),
      icon: <Trash2 size={16} />,
      run: end,
    },
  ]);
  return (
    <li className={styles['row']}>
      <StateIcon state="failed" />
      <div className={styles['what']}>
        <a href={hashOf({ view: 'jobs', job: kept.key })}>{kept.name}</a>
        <p>
          {kept.project} · {kept.runnerName} · {kept.executor}
        </p>
        <p className={styles['place']}>
          <bdi>{kept.place}</bdi>
        </p>
        {trouble ? <ErrorText trouble={trouble} /> : null}
      </div>
      <div className={`${styles['facts']} num`}>
        <span>{kept.sizeBytes === undefined ? '' : byteSize(kept.sizeBytes)}</span>
        <span>{t('kept.ends', { left: clockTime(kept.untilMs - now) })}</span>
      </div>
      <div className={styles['rowActions']}>
        <Button aria-label={t('terminals.openIn', { name: kept.name })} onClick={onOpen}>
          <SquareTerminal aria-hidden="true" size={14} />
          {t('terminals.open')}
        </Button>
        {kept.canExtend ? (
          <Button aria-label={t('kept.extendName', { name: kept.name })} busy={extend.busy} onClick={longer}>
            {t('kept.extend')}
          </Button>
        ) : null}
        <Button aria-label={t('kept.removeName', { name: kept.name })} busy={remove.busy} danger onClick={end}>
          {t('kept.remove')}
        </Button>
      </div>
    </li>
  );
}
