import { useEffect, useState } from 'react';
import type { CallOutput } from '../../src-shared/ipc.ts';
import type { FoundConfig } from '../../src-shared/runner-calls.ts';
import { useAction } from '../app/actions.ts';
import { useHarrier } from '../app/harrier.ts';
import { goTo } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText, Note } from '../ui/controls.tsx';
import { hostOf } from '../ui/format.ts';
import styles from './found-here.module.css';

type Found = CallOutput<'machine.find'>;

/**
 * What the official runner has on this machine (ON2): use it, copy it or leave it. Nothing changes before a press.
 * `always`: also where a person has chosen before.
 */
export function FoundHere({ always }: { readonly always?: boolean }) {
  const { client } = useHarrier();
  const [answer, setAnswer] = useState<Found>();
  const [left, setLeft] = useState(false);
  useEffect(() => {
    let gone = false;
    client.call('machine.find', {}).then(
      (found) => {
        if (!gone) setAnswer(found);
      },
      // The banner says that the connection is lost.
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [client]);
  if (answer === undefined || answer.found.length === 0 || left || (answer.decided && !always)) return null;
  return (
    <section className={styles['found']}>
      <h2>{t('found.title')}</h2>
      <p>{t(answer.decided ? 'found.again' : 'found.text')}</p>
      <ul>
        {answer.found.map((each) => (
          <Install answer={answer} found={each} key={each.path} onLeft={() => setLeft(true)} />
        ))}
      </ul>
    </section>
  );
}

function Install({
  found,
  answer,
  onLeft,
}: {
  readonly found: FoundConfig;
  readonly answer: Found;
  readonly onLeft: () => void;
}) {
  const choose = useAction('machine.choose');
  const act = async (how: 'use' | 'copy' | 'leave'): Promise<void> => {
    if ((await choose.run({ path: found.path, how })) === undefined) return;
    if (how === 'leave') onLeft();
    else goTo({ view: 'runners' });
  };
  const hosts = [...new Set(found.runners.map(({ url }) => hostOf(url)))].join(', ');
  return (
    <li>
      <p className={styles['path']}>{found.path}</p>
      {found.problem !== undefined ? (
        <Note tone="warn">
          {found.problem.replace(/\.?$/, '.')} {t('found.unreadable', { path: found.path, own: answer.own })}
        </Note>
      ) : (
        <p>
          {t('found.runners', { count: found.runners.length })}
          {hosts === '' ? '' : ` · ${hosts}`}
        </p>
      )}
      {found.service !== undefined ? (
        <Note tone="warn">{t('found.service', { pid: String(found.service.pid), user: found.service.user })}</Note>
      ) : null}
      {choose.trouble ? <ErrorText trouble={choose.trouble} /> : null}
      <div className={styles['actions']}>
        {found.problem === undefined ? (
          <>
            {answer.canUse ? (
              <Button busy={choose.busy} onClick={() => void act('use')}>
                {t('found.use')}
              </Button>
            ) : null}
            <Button busy={choose.busy} onClick={() => void act('copy')}>
              {t('found.copy')}
            </Button>
          </>
        ) : null}
        <Button busy={choose.busy} kind="quiet" onClick={() => void act('leave')}>
          {t('found.leave')}
        </Button>
      </div>
      {found.problem === undefined ? (
        <p className={styles['hint']}>
          {answer.canUse ? `${t('found.useHint')} ` : ''}
          {t('found.copyHint', { own: answer.own })}
        </p>
      ) : null}
    </li>
  );
}
