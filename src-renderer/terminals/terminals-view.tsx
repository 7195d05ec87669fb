import { lazy, Suspense, useRef } from 'react';
import { useAction } from '../app/actions.ts';
import { selectJob, selectKept, selectTerminals } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo } from '../app/route.ts';
import { t } from '../app/text.ts';
import { ErrorText } from '../ui/controls.tsx';
import { useOpenTerminal } from './open-terminal.ts';
import { Places } from './places.tsx';
import { Tabs } from './tabs.tsx';
import styles from './terminals.module.css';

const TerminalPane = lazy(async () => ({ default: (await import('./terminal-pane.tsx')).TerminalPane }));

/** All terminals as tabs; the first tab shows where one can be opened. */
export function TerminalsView({ id }: { readonly id: string | undefined }) {
  const terminals = useEngine(selectTerminals);
  const view = terminals.find((each) => each.id === id);
  const close = useAction('terminal.close');
  const { open, trouble } = useOpenTerminal();
  const tabs = useRef<HTMLElement>(null);
  const isKept = useEngine((state) => selectKept(state).some((kept) => kept.key === view?.job));
  const isOpen = useEngine((state) => selectJob(view?.job ?? '')(state)?.terminal === true);
  const closeTab = async (which: string): Promise<void> => {
    const at = terminals.findIndex((each) => each.id === which);
    const next = terminals[at + 1] ?? terminals[at - 1];
    await close.run({ terminal: which });
    if (which === id) goTo(next === undefined ? { view: 'terminals' } : { view: 'terminals', terminal: next.id });
  };
  const problem = close.trouble ?? trouble;
  return (
    <div className={styles['view']}>
      <h1 className="hidden-text">{t('nav.terminals')}</h1>
      <Tabs current={view?.id} onClose={(which) => void closeTab(which)} ref={tabs} terminals={terminals} />
      {problem ? (
        <div className={styles['notice']}>
          <ErrorText trouble={problem} />
        </div>
      ) : null}
      {view === undefined ? (
        <Places gone={id !== undefined} />
      ) : (
        <Suspense fallback={<div aria-busy="true" className={styles['pane']} />}>
          <TerminalPane
            canReopen={isKept || isOpen}
            key={view.id}
            onClose={() => void closeTab(view.id)}
            onLeave={() => tabs.current?.querySelector<HTMLElement>('[aria-current]')?.focus()}
            onReopen={() => void open(view.job)}
            view={view}
          />
        </Suspense>
      )}
    </div>
  );
}
