import { useEffect, useRef, useState } from 'react';
import { Button, buttonClass, ErrorText, Note } from '../ui/controls.tsx';
import { Draining } from './draining.tsx';
import { selectConnection, selectFacts } from './engine-store.ts';
import { useEngine, useHarrier } from './harrier.ts';
import { hashOf } from './route.ts';
import styles from './shell.module.css';
import { t } from './text.ts';

const backForMs = 3000;

/** What concerns the whole window: the connection, a broken config file, notices of the engine. */
export function Banner() {
  const connection = useEngine(selectConnection);
  const facts = useEngine(selectFacts);
  const back = useIsBack(connection);
  const problem = facts?.configProblem;
  const { store } = useHarrier();
  const trouble = useEngine((state) => state.trouble);
  if (connection === 'lost' || connection === 'refused')
    return (
      <div className={styles['banner']}>
        <Note tone="warn">
          <strong>{t(`${connection}.title`)}</strong> {t(`${connection}.text`)}
        </Note>
      </div>
    );
  return (
    <div
      className={styles['banner']}
      hidden={
        problem === undefined && trouble === undefined && facts?.notices.length === 0 && facts.state !== 'draining'
      }
    >
      {back ? (
        <p className="hidden-text" role="status">
          {t('lost.back')}
        </p>
      ) : null}
      {trouble ? (
        <div className={styles['trouble']}>
          <ErrorText trouble={trouble} />
          <Button onClick={() => store.getState().setTrouble(undefined)} size="small">
            {t('close')}
          </Button>
        </div>
      ) : null}
      <Draining />
      {problem ? (
        <Note
          action={
            <a className={buttonClass} href={hashOf({ view: 'config' })}>
              {t('config.openEditor')}
            </a>
          }
          tone="fail"
        >
          <strong>
            {problem.line !== undefined ? t('config.brokenAt', { line: problem.line }) : t('config.broken')}
          </strong>{' '}
          {problem.message}
          {problem.hint ? <div>{problem.hint}</div> : null}
        </Note>
      ) : null}
      {facts?.notices.map((notice) => (
        <Note key={notice.id} tone={notice.level === 'error' ? 'fail' : 'warn'}>
          {notice.text} {notice.action}
        </Note>
      ))}
    </div>
  );
}

/** For a moment after the connection came back. */
function useIsBack(connection: string): boolean {
  const before = useRef(connection);
  const [back, setBack] = useState(false);
  useEffect(() => {
    const was = before.current;
    before.current = connection;
    if (was !== 'lost' || connection !== 'open') return;
    setBack(true);
    const timer = setTimeout(() => setBack(false), backForMs);
    return () => clearTimeout(timer);
  }, [connection]);
  return back;
}
