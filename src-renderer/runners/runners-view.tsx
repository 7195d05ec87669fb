import { Pause, Play, Plus } from 'lucide-react';
import { usePauseAll } from '../app/engine-controls.tsx';
import { selectFacts, selectRunners } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { FoundHere } from '../onboarding/found-here.tsx';
import { Button } from '../ui/controls.tsx';
import { timeOfDay } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { useEscape } from '../ui/use-escape.ts';
import { useLayout } from '../ui/use-width.ts';
import { hourMs, noPluggedIn, tomorrowMs } from './describe.ts';
import { RunnerDetail } from './runner-detail.tsx';
import { RunnerEdit } from './runner-edit.tsx';
import { RunnerRow } from './runner-row.tsx';
import styles from './runners.module.css';

/** Every runner of this machine: state, reason, what it does, what can be done. */
export function RunnersView({ runnerKey, edit }: { readonly runnerKey: string | undefined; readonly edit: boolean }) {
  const runners = useEngine(selectRunners);
  const facts = useEngine(selectFacts);
  const pauseAll = usePauseAll();
  const drawer = useLayout() !== 'full';
  const selected = runners.find((runner) => runner.key === runnerKey);
  useEscape(drawer && selected !== undefined, () => goTo({ view: 'runners' }));
  const ill = runners.filter((runner) => runner.state === 'unhealthy').length;
  const allPaused = runners.length > 0 && runners.every((runner) => runner.state === 'paused');
  return (
    <div className={styles['columns']}>
      <div className={shell['view']}>
        <header className={shell['head']}>
          <div className={shell['headText']}>
            <h1>{t('nav.runners')}</h1>
            <p>
              {t('runners.count', { count: runners.length })}
              {ill > 0 ? ` · ${t('runners.ill', { count: ill })}` : ''}
            </p>
          </div>
          {runners.length > 0 && facts?.state !== 'stopped' ? (
            <Button kind="quiet" onClick={() => void pauseAll.run(!allPaused)}>
              {allPaused ? (
                <Play aria-hidden="true" fill="currentColor" size={14} />
              ) : (
                <Pause aria-hidden="true" fill="currentColor" size={14} strokeWidth={1} />
              )}
              {t(allPaused ? 'engine.resumeAll' : 'engine.pauseAll')}
            </Button>
          ) : null}
          {runners.length > 0 && facts?.state !== 'stopped' && !allPaused ? (
            <Menu
              items={[
                {
                  id: 'hour',
                  label: t('runners.pauseHour'),
                  onChoose: () => void pauseAll.run(true, { untilMs: Date.now() + hourMs }),
                },
                {
                  id: 'tomorrow',
                  label: t('runners.pauseTomorrow', { time: timeOfDay(tomorrowMs(Date.now())) }),
                  onChoose: () => void pauseAll.run(true, { untilMs: tomorrowMs(Date.now()) }),
                },
                {
                  id: 'pluggedIn',
                  label: t('runners.pausePluggedIn'),
                  reason: noPluggedIn(facts?.power),
                  onChoose: () => void pauseAll.run(true, { untilPluggedIn: true }),
                },
                ...(pauseAll.canResume
                  ? [{ id: 'resume', label: t('engine.resumeAll'), onChoose: () => void pauseAll.run(false) }]
                  : []),
              ]}
              label={t('runners.pauseAllFor')}
            />
          ) : null}
          <Button kind="primary" onClick={() => goTo({ view: 'add-runner' })}>
            <Plus aria-hidden="true" size={14} />
            {t('runners.add')}
          </Button>
        </header>
        {runners.length === 0 ? (
          <div className={styles['empty']}>
            <h2>{t('runners.noneTitle')}</h2>
            <p>{t('runners.noneText')}</p>
            <a href={hashOf({ view: 'jobs' })}>{t('runners.tryFirst')}</a>
            <FoundHere always />
          </div>
        ) : (
          <div className={styles['table']}>
            <div aria-hidden="true" className={styles['headRow']}>
              <span />
              <span>{t('runners.runner')}</span>
              <span>{t('runners.state')}</span>
              <span>{t('runners.slots')}</span>
              <span>{t('runners.contact')}</span>
              <span />
            </div>
            <ul>
              {runners.map((runner) => (
                <RunnerRow
                  concurrent={facts?.concurrent ?? 1}
                  key={runner.key}
                  runner={runner}
                  selected={runner.key === runnerKey}
                />
              ))}
            </ul>
            {runners.every((runner) => runner.local) ? (
              <div className={styles['empty']}>
                <h2>{t('runners.localOnlyTitle')}</h2>
                <p>{t('runners.noneText')}</p>
                <Button onClick={() => goTo({ view: 'add-runner' })}>{t('first.connect.title')}</Button>
                <FoundHere always />
              </div>
            ) : null}
          </div>
        )}
      </div>
      {selected && edit && !selected.local ? (
        <RunnerEdit drawer={drawer} key={selected.key} runner={selected} />
      ) : selected ? (
        <RunnerDetail concurrent={facts?.concurrent ?? 1} drawer={drawer} runner={selected} />
      ) : null}
    </div>
  );
}
