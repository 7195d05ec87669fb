import { FolderGit2, KeyRound, Link, Play } from 'lucide-react';
import sample from '../../assets/sample/.gitlab-ci.yml?raw';
import { useAction } from '../app/actions.ts';
import { useHarrier } from '../app/harrier.ts';
import { goTo } from '../app/route.ts';
import { t } from '../app/text.ts';
import { sentence, shortened, useMachineChecks } from '../runners/wizard/machine-checks.tsx';
import { Button, ErrorText } from '../ui/controls.tsx';
import { Mark } from '../ui/mark.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './first-run.module.css';
import { FoundHere } from './found-here.tsx';
import { openFirstJob } from './open-first-job.ts';
import { lastJobOf, type YamlLine } from './sample-excerpt.ts';

/** The first view on an empty machine: see it work, connect it, or run a pipeline of one's own. */
export function FirstRun() {
  const { store } = useHarrier();
  const tryIt = useAction('pipeline.tryIt');
  const start = async (): Promise<void> => {
    const answer = await tryIt.run({});
    if (answer) openFirstJob(store, answer.pipeline);
  };
  return (
    <div className={styles['page']}>
      <div className={styles['inner']}>
        <Mark size={56} />
        <h1>{t('first.title')}</h1>
        <p className={styles['lead']}>{t('first.lead')}</p>
        <FoundHere />
        <div className={styles['ways']}>
          <section className={styles['way']}>
            <h2>{t('first.try.title')}</h2>
            <p>{t('first.try.text')}</p>
            <pre className={styles['code']}>
              {lastJobOf(sample).map((line) => (
                <Line key={line.id} line={line} />
              ))}
            </pre>
            {tryIt.trouble ? <ErrorText trouble={tryIt.trouble} /> : null}
            <Button
              aria-label={t('first.try.command')}
              busy={tryIt.busy}
              kind="primary"
              onClick={() => void start()}
              size="large"
            >
              <Play aria-hidden="true" fill="currentColor" size={12} />
              {t('first.try.button')}
            </Button>
          </section>
          <section className={styles['way']}>
            <h2>{t('first.connect.title')}</h2>
            <p>{t('first.connect.text')}</p>
            <ul className={styles['needs']}>
              {needs.map(({ id, Icon }) => (
                <li key={id}>
                  <Icon aria-hidden="true" size={14} />
                  {t(id)}
                </li>
              ))}
            </ul>
            <Here />
            <div className={styles['push']}>
              <Button onClick={() => goTo({ view: 'add-runner' })} size="large">
                {t('first.connect.title')}
              </Button>
            </div>
          </section>
        </div>
        <div className={styles['more']}>
          <FolderGit2 aria-hidden="true" size={16} />
          <div>
            <b>{t('first.local.title')}</b>
            <p>{t('first.local.text')}</p>
          </div>
          <Button onClick={() => goTo({ view: 'run-pipeline' })}>{t('first.local.button')}</Button>
        </div>
      </div>
    </div>
  );
}

const needs = [
  { id: 'first.connect.url', Icon: Link },
  { id: 'first.connect.token', Icon: KeyRound },
] as const;

/** What jobs of this machine can use already: the good news only, the wizard tells the rest. */
function Here() {
  const shell = useMachineChecks('shell', nothing);
  const docker = useMachineChecks('docker', nothing);
  const good = [...(shell.checks ?? []), ...(docker.checks ?? [])].filter(({ state }) => state === 'ok');
  return (
    <div className={styles['here']}>
      <h3>{t('add.checks')}</h3>
      <ul>
        {good.map(({ id, text }) => (
          <li key={`${id} ${text}`}>
            <StateIcon size={14} state="passed" />
            {sentence(shortened(text))}
          </li>
        ))}
      </ul>
    </div>
  );
}
const nothing = {};

const Line = ({ line }: { readonly line: YamlLine }) => (
  <span className={styles['line']}>
    {line.indent}
    <span className={styles['key']}>{line.key}</span>
    {line.rest.startsWith(':') ? ':' : ''}
    <span className={styles['value']}>{line.rest.replace(/^:/, '')}</span>
    {'\n'}
  </span>
);
