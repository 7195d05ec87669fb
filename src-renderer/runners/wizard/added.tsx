import { useAction } from '../../app/actions.ts';
import { selectFacts, selectRunners } from '../../app/engine-store.ts';
import { useEngine } from '../../app/harrier.ts';
import { goTo } from '../../app/route.ts';
import shell from '../../app/shell.module.css';
import { t } from '../../app/text.ts';
import { AskOnce } from '../../settings/app-settings.tsx';
import { Button } from '../../ui/controls.tsx';
import { timeOfDay } from '../../ui/format.ts';
import { type IconState, StateIcon } from '../../ui/state-icon.tsx';
import { CloseLink } from '../close-link.tsx';
import { draftStore, emptyDraft } from './draft.ts';
import styles from './wizard.module.css';

/** After the last step: what was written, and the first answer of GitLab to the new runner. */
export function Added({ runnerKey }: { readonly runnerKey: string }) {
  const runner = useEngine((state) => selectRunners(state).find(({ key }) => key === runnerKey));
  const facts = useEngine(selectFacts);
  const start = useAction('engine.start');
  const name = runner?.name ?? '';
  const stopped = facts?.state === 'stopped';
  const asked = runner?.lastContactMs;
  const leave = (to: Parameters<typeof goTo>[0]): void => {
    draftStore.setState(emptyDraft);
    goTo(to);
  };
  const poll: readonly [IconState, string] = stopped
    ? ['warning', t('added.stopped')]
    : runner?.state === 'unhealthy'
      ? ['failed', runner.reason ?? '']
      : asked !== undefined
        ? ['passed', runner && runner.running > 0 ? t('added.working') : t('added.asked', { time: timeOfDay(asked) })]
        : ['running', t('added.asking')];
  return (
    <div className={shell['view']}>
      <header className={styles['head']}>
        <div className={shell['headText']}>
          <h1>{t('add.title')}</h1>
        </div>
        <CloseLink />
      </header>
      <div className={styles['form']}>
        <div className={styles['stack']}>
          <h2>{t(poll[0] === 'passed' ? 'added.title' : 'added.waiting', { name })}</h2>
          <div role="status">
            <ul className={styles['done']}>
              <li>
                <StateIcon state="passed" />
                <span>{t('added.written', { path: facts?.configPath ?? 'config.toml' })}</span>
              </li>
              <li>
                <StateIcon state={poll[0]} />
                <span>{poll[1]}</span>
              </li>
            </ul>
          </div>
          <AskOnce />
          <div className={styles['below']}>
            {stopped ? (
              <Button busy={start.busy} kind="primary" onClick={() => void start.run({})} size="large">
                {t('added.start')}
              </Button>
            ) : (
              <Button kind="primary" onClick={() => leave({ view: 'runners', runner: runnerKey })} size="large">
                {t('added.show')}
              </Button>
            )}
            <Button onClick={() => leave({ view: 'jobs' })} size="large">
              {t('added.jobs')}
            </Button>
            <Button kind="quiet" onClick={() => draftStore.setState(emptyDraft)} size="large">
              {t('added.another')}
            </Button>
          </div>
        </div>
      </div>
    </div>
  );
}
