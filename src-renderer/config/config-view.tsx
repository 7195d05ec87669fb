import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { selectFacts } from '../app/engine-store.ts';
import { useEngine, useHarrier } from '../app/harrier.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { Button, ErrorText } from '../ui/controls.tsx';
import styles from './config.module.css';
import { createConfigStore } from './config-store.ts';
import { ConflictView } from './conflict-view.tsx';
import { Workbench } from './workbench.tsx';

/** config.toml as form and text over one document. Loaded when it is first opened: the editor is large. */
export function ConfigView({ runnerKey }: { readonly runnerKey: string | undefined }) {
  const { client } = useHarrier();
  const revision = useEngine((state) => selectFacts(state)?.configRevision);
  const store = useMemo(() => createConfigStore(client), [client]);
  const { file, trouble, conflict, reviewing, load, review, settle } = useStore(store);
  useEffect(() => {
    const { load: begin, flush } = store.getState();
    void begin();
    window.addEventListener('pagehide', flush);
    return () => {
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [store]);
  useEffect(() => {
    if (revision !== undefined) void store.getState().onRevision(revision);
  }, [store, revision]);
  if (file === undefined)
    return (
      <div className={shell['view']}>
        <header className={shell['head']}>
          <div className={shell['headText']}>
            <h1>{t('config.title')}</h1>
          </div>
        </header>
        <div aria-busy={trouble === undefined} className={styles['empty']}>
          {trouble ? (
            <>
              <ErrorText trouble={trouble} />
              <Button onClick={() => void load()}>{t('config.retry')}</Button>
            </>
          ) : (
            <p>{t('config.reading')}</p>
          )}
        </div>
      </div>
    );
  return (
    <>
      <div className={styles['stack']} hidden={conflict !== undefined && reviewing}>
        <Workbench file={file} runnerKey={runnerKey} store={store} />
      </div>
      {conflict !== undefined && reviewing ? (
        <ConflictView conflict={conflict} onLater={() => review(false)} onSettle={settle} />
      ) : null}
    </>
  );
}
