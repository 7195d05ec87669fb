import { useState } from 'react';
import type { AppSettings } from '../../src-shared/host-calls.ts';
import type { CallInput, JobView } from '../../src-shared/ipc.ts';
import { selectJobs } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { t } from '../app/text.ts';
import { Button } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { byteSize } from '../ui/format.ts';
import { Section, Select } from './section.tsx';
import styles from './settings.module.css';
import type { SettingsAccess } from './use-settings.ts';

const dayMs = 86_400_000;
/** As config.toml has them, beside what they come to. */
const counts = [100, 500, 2000, 5000, 10_000] as const;
const ages: readonly (readonly [text: string, days: number])[] = [
  ['24h', 1],
  ['168h', 7],
  ['720h', 30],
  ['2160h', 90],
  ['8760h', 365],
];
const sizes: readonly (readonly [text: string, bytes: number])[] = [
  ['100m', 100 * 2 ** 20],
  ['500m', 500 * 2 ** 20],
  ['1g', 2 ** 30],
  ['5g', 5 * 2 ** 30],
  ['20g', 20 * 2 ** 30],
];

interface Limit {
  readonly next: CallInput<'settings.change'>;
  readonly gone: number;
}

/** JOB4: what of the ended jobs stays. A limit that would remove some asks first. */
export function HistorySettings({
  settings,
  access,
}: {
  readonly settings: AppSettings;
  readonly access: SettingsAccess;
}) {
  const ended = useEngine(selectJobs).filter(({ endedMs }) => endedMs !== undefined);
  const [asking, setAsking] = useState<Limit>();
  const bytes = ended.reduce((sum, { traceBytes }) => sum + traceBytes, 0);
  const choose = (next: CallInput<'settings.change'>): void => {
    const gone = goneBy(ended, next, Date.now());
    if (gone > 0) setAsking({ next, gone });
    else void access.set(next);
  };
  const noLimit = ['0s', t('settings.noLimit')] as const;
  return (
    <Section title={t('settings.history')}>
      <div className={styles['parts']}>
        <Select
          label={t('settings.historyCount')}
          onChoose={(value) => choose({ historyCount: Number(value) })}
          options={counts.map((each) => [`${each}`, t('settings.jobs', { count: each })])}
          value={`${settings.historyCount}`}
        />
        <Select
          label={t('settings.historyAge')}
          onChoose={(historyAge) => choose({ historyAge })}
          options={[...ages.map(([text, days]) => [text, t('settings.days', { count: days })] as const), noLimit]}
          value={settings.historyAge}
        />
        <Select
          label={t('settings.historySize')}
          onChoose={(historySize) => choose({ historySize })}
          options={sizes.map(([text, bytes]) => [text, binarySize(bytes)])}
          value={settings.historySize}
        />
        <p className={`${styles['hint']} ${styles['indent']}`}>
          {t('settings.historyNow', { count: ended.length, size: byteSize(bytes) })} {t('settings.historyHint')}
        </p>
      </div>
      {asking ? (
        <Dialog
          actions={
            <>
              <Button onClick={() => setAsking(undefined)}>{t('cancel')}</Button>
              <Button
                danger
                onClick={() => {
                  setAsking(undefined);
                  void access.set(asking.next);
                }}
              >
                {t('settings.historyRemove', { count: asking.gone })}
              </Button>
            </>
          }
          onClose={() => setAsking(undefined)}
          title={t('settings.historyTitle', { count: asking.gone })}
        >
          <p>{t('settings.historyText')}</p>
        </Dialog>
      ) : null}
    </Section>
  );
}

/** `500 MiB`, `1 GiB`: as config.toml counts. */
const binarySize = (bytes: number): string =>
  bytes >= 2 ** 30 ? t('unit.gib', { value: bytes / 2 ** 30 }) : t('unit.mib', { value: bytes / 2 ** 20 });

/** How many of the jobs (newest first) go with this limit. */
function goneBy(jobs: readonly JobView[], next: CallInput<'settings.change'>, nowMs: number): number {
  const oldestMs = nowMs - (ages.find(([text]) => text === next.historyAge)?.[1] ?? Number.POSITIVE_INFINITY) * dayMs;
  const most = sizes.find(([text]) => text === next.historySize)?.[1] ?? Number.POSITIVE_INFINITY;
  let sum = 0;
  return jobs.filter(({ endedMs = nowMs, traceBytes }, index) => {
    sum += traceBytes;
    return index >= (next.historyCount ?? Number.POSITIVE_INFINITY) || endedMs < oldestMs || (sum > most && index > 0);
  }).length;
}
