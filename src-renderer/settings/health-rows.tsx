import type { Health } from '../../src-shared/health.ts';
import { t } from '../app/text.ts';
import { byteSize, hostOf } from '../ui/format.ts';

/** How Harrier is: what needs a person, the disk, the coordinators, the executors. Rows of a description list. */
export function HealthRows({ health }: { readonly health: Health }) {
  const { problems, disk, links, executors } = health;
  return (
    <>
      <dt>{t('health.title')}</dt>
      <dd>{problems.length === 0 ? t('health.well') : <Lines lines={problems} />}</dd>
      {disk ? (
        <>
          <dt>{t('health.disk')}</dt>
          <dd>
            {t('health.diskText', { free: byteSize(disk.freeBytes), floor: byteSize(Math.max(0, disk.floorBytes)) })}
          </dd>
        </>
      ) : null}
      {links.length > 0 ? (
        <>
          <dt>{t('health.links')}</dt>
          <dd>
            <Lines lines={links.map(({ url, state }) => `${hostOf(url)}: ${t(`health.link.${state}`)}`)} />
          </dd>
        </>
      ) : null}
      {executors.length > 0 ? (
        <>
          <dt>{t('health.executors')}</dt>
          <dd>
            <Lines
              lines={executors.map(({ name, runners, usable, trouble }) =>
                [t('health.executor', { name, runners, usable }), trouble].filter(Boolean).join('; '),
              )}
            />
          </dd>
        </>
      ) : null}
    </>
  );
}

const Lines = ({ lines }: { readonly lines: readonly string[] }) => lines.map((line) => <div key={line}>{line}</div>);
