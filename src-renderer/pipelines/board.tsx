import { ArrowLeft, CircleSlash, GitBranch, GitCommitHorizontal, RotateCw } from 'lucide-react';
import type { PipelineView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { selectJob } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { jobTime, resultText } from '../jobs/describe.ts';
import { Button, controlStyles, ErrorText, StatePill } from '../ui/controls.tsx';
import { clockTime } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { folderName } from './folder-name.ts';
import styles from './pipelines.module.css';

type BoardJob = PipelineView['stages'][number]['jobs'][number];

/** One pipeline: a column a stage, a row a job; a job that has begun opens its log. */
export function Board({ pipeline }: { readonly pipeline: PipelineView }) {
  const running = pipeline.endedMs === undefined;
  const now = useNow(1000, running);
  const cancel = useAction('pipeline.cancel');
  const again = useAction('pipeline.run');
  const trouble = cancel.trouble ?? again.trouble;
  const runAgain = (): void =>
    void again
      .run({ folder: pipeline.folder })
      .then((answer) => answer && goTo({ view: 'pipelines', pipeline: answer.pipeline }));
  const stop = (): void => void cancel.run({ pipeline: pipeline.id });
  const folder = folderName(pipeline.folder);
  useCommands([
    running
      ? {
          id: 'pipeline.cancel',
          label: t('pipelines.cancel'),
          icon: <CircleSlash size={16} />,
          note: folder,
          run: stop,
        }
      : {
          id: 'pipeline.again',
          label: t('pipelines.again'),
          icon: <RotateCw size={16} />,
          note: folder,
          run: runAgain,
        },
    {
      id: 'pipeline.back',
      label: t('pipelines.back'),
      icon: <ArrowLeft size={16} />,
      run: () => goTo({ view: 'pipelines' }),
    },
  ]);
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <a
          aria-label={t('pipelines.back')}
          className={controlStyles['icon']}
          href={hashOf({ view: 'pipelines' })}
          title={t('pipelines.back')}
        >
          <ArrowLeft size={16} />
        </a>
        <div className={shell['headText']}>
          <div className={styles['title']}>
            <h1>{folder}</h1>
            <StatePill state={pipeline.state}>
              <span className="num">
                {t(`state.${pipeline.state}`)} {clockTime((pipeline.endedMs ?? now) - pipeline.startedMs)}
              </span>
            </StatePill>
          </div>
          <div className={styles['meta']}>
            <bdi>{pipeline.folder}</bdi>
            <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}>
              <GitBranch aria-hidden="true" size={14} />
              {pipeline.ref}
            </span>
            <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}>
              <GitCommitHorizontal aria-hidden="true" size={14} />
              <code>{pipeline.sha.slice(0, 8)}</code>
            </span>
          </div>
        </div>
        {running ? (
          <Button busy={cancel.busy} danger onClick={stop}>
            {t('pipelines.cancel')}
          </Button>
        ) : (
          <Button busy={again.busy} onClick={runAgain}>
            {t('pipelines.again')}
          </Button>
        )}
      </header>
      {trouble ? (
        <div className={styles['run']}>
          <ErrorText trouble={trouble} />
        </div>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section aria-label={t('pipelines.stages')} className={shell['body']} tabIndex={0}>
        <div className={styles['board']}>
          {pipeline.stages.map((stage) => (
            <section className={styles['stage']} key={stage.name}>
              <h2>{stage.name}</h2>
              <ul>
                {stage.jobs.map((job) => (
                  <li key={job.name}>
                    <Box job={job} now={now} />
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      </section>
    </div>
  );
}

function Box({ job, now }: { readonly job: BoardJob; readonly now: number }) {
  const view = useEngine(selectJob(job.key ?? ''));
  const content = (
    <>
      <StateIcon state={job.state} />
      <b title={job.name}>{job.name}</b>
      {view ? <time className="num">{jobTime(view, now)}</time> : null}
      <small>{boxText(job, view && resultText(view))}</small>
    </>
  );
  return job.key !== undefined ? (
    <a className={styles['box']} href={hashOf({ view: 'jobs', job: job.key })}>
      {content}
    </a>
  ) : (
    <div className={styles['box']}>{content}</div>
  );
}

function boxText(job: BoardJob, result: string | undefined): string {
  if ((job.state === 'failed' || job.state === 'warning') && result !== undefined) return result;
  const word = t(`state.${job.state}`);
  if (job.state === 'waiting' && job.when === 'manual') return t('pipelines.manual');
  return job.allowFailure && job.state !== 'passed' ? t('pipelines.mayFail', { state: word }) : word;
}
