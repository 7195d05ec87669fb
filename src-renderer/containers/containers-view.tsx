import { RefreshCw } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import type { CallOutput, DockerItem } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { Button, ErrorText, Note, StatePill } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './containers.module.css';
import { Contents } from './contents.tsx';

type Group = CallOutput<'docker.engines'>['groups'][number];
type Try = Group['tries'][number];

/** Where container engines were looked for, which one jobs get and why, and what Harrier has made there. */
export function ContainersView() {
  const survey = useAction('docker.engines');
  const list = useAction('docker.contents');
  const [groups, setGroups] = useState<readonly Group[]>();
  const [contents, setContents] = useState<readonly Content[]>([]);
  const [ask, inside] = [survey.run, list.run];
  const look = useCallback(async (): Promise<void> => {
    const answer = await ask({});
    if (answer === undefined) return;
    setGroups(answer.groups);
    const addresses = new Set(answer.groups.flatMap(({ tries }) => tries.filter((each) => each.picked).map(addressOf)));
    const known: Content[] = [];
    for (const address of addresses) {
      const found = await inside({ address });
      if (found !== undefined) known.push({ address, items: found.items });
    }
    setContents(known);
  }, [ask, inside]);
  useEffect(() => void look(), [look]);
  const busy = survey.busy || list.busy;
  useCommands([
    { id: 'containers.again', label: t('containers.again'), icon: <RefreshCw size={16} />, run: () => void look() },
  ]);
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <div className={shell['headText']}>
          <h1>{t('nav.containers')}</h1>
          <p role="status">{t(groups === undefined && busy ? 'containers.looking' : 'containers.scope')}</p>
        </div>
        <Button busy={busy} kind="quiet" onClick={() => void look()}>
          {busy ? null : <RefreshCw aria-hidden="true" size={14} />}
          {t('containers.again')}
        </Button>
      </header>
      <div className={`${shell['body']} ${styles['body']}`}>
        {[survey.trouble, list.trouble].map((trouble) =>
          trouble ? <ErrorText key={trouble.message} trouble={trouble} /> : null,
        )}
        {(groups ?? []).map((group) => (
          <Engines group={group} key={group.tries.map(addressOf).join(' ')} />
        ))}
        {contents.map(({ address, items }) => (
          <Contents address={address} items={items} key={address} onChange={look} />
        ))}
      </div>
    </div>
  );
}
interface Content {
  readonly address: string;
  readonly items: readonly DockerItem[];
}

const addressOf = ({ address }: Try): string => address;

/** One way to look for an engine, with the answer of every place. */
function Engines({ group }: { readonly group: Group }) {
  const nobody = !group.tries.some(({ picked }) => picked);
  return (
    <section className={styles['part']}>
      <h2>
        {group.runners.length === 0
          ? t('containers.noRunner')
          : t('containers.runners', { names: group.runners.join(', '), count: group.runners.length })}
      </h2>
      <p className={styles['why']}>{t(`containers.rule.${group.rule}`)}</p>
      {nobody ? <Note tone="fail">{t('containers.nobody')}</Note> : null}
      <ul aria-label={t('containers.places')} className={styles['tries']}>
        {group.tries.map((each) => (
          <Place each={each} key={`${each.source} ${each.address}`} />
        ))}
      </ul>
    </section>
  );
}

function Place({ each }: { readonly each: Try }) {
  const answers = each.product !== undefined;
  return (
    <li className={styles['try']} data-silent={!answers || undefined}>
      <StateIcon state={each.picked ? 'passed' : answers ? 'stopped' : 'skipped'} />
      <div className={styles['place']}>
        <b>{each.source}</b>
        <code>{each.address}</code>
      </div>
      <div className={styles['answer']}>
        {answers ? (
          <>
            <span>{each.product}</span>
            <span className={styles['sub']}>
              {each.system} · {t('containers.api', { version: each.apiVersion ?? '' })}
            </span>
          </>
        ) : (
          <span className={styles['reason']}>{each.reason}</span>
        )}
      </div>
      <div className={styles['use']}>
        {each.picked ? <StatePill state="passed">{t('containers.picked')}</StatePill> : null}
      </div>
    </li>
  );
}
