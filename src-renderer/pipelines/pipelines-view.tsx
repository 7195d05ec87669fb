import { FolderGit2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { PipelineView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { selectPipelines } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import shell from '../app/shell.module.css';
import { t } from '../app/text.ts';
import { Button, ErrorText } from '../ui/controls.tsx';
import { clockTime, timeOfDay } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { Board } from './board.tsx';
import { folderName } from './folder-name.ts';
import styles from './pipelines.module.css';

/** The local pipelines of this session, or one of them as a board. */
export function PipelinesView({ id }: { readonly id: string | undefined }) {
  const pipelines = useEngine(selectPipelines);
  const pipeline = pipelines.find((each) => each.id === id);
  const tryIt = useAction('pipeline.tryIt');
  const late = useLate(id);
  if (pipeline !== undefined) return <Board pipeline={pipeline} />;
  return (
    <div className={shell['view']}>
      <header className={shell['head']}>
        <div className={shell['headText']}>
          <h1>{t('nav.pipelines')}</h1>
          <p>{t('pipelines.scope')}</p>
        </div>
        <Button kind="primary" onClick={() => goTo({ view: 'run-pipeline' })}>
          <FolderGit2 aria-hidden="true" size={14} />
          {t('pipelines.run')}
        </Button>
      </header>
      <div className={shell['body']}>
        {id !== undefined ? (
          <p aria-busy={!late} className={styles['empty']}>
            {t(late ? 'pipelines.gone' : 'pipelines.starting')}
          </p>
        ) : null}
        {pipelines.length === 0 && id === undefined ? (
          <div className={styles['empty']}>
            <h2>{t('pipelines.noneTitle')}</h2>
            <p>{t('pipelines.noneText')}</p>
            <Button
              busy={tryIt.busy}
              onClick={() =>
                void tryIt.run({}).then((answer) => answer && goTo({ view: 'pipelines', pipeline: answer.pipeline }))
              }
            >
              {t('first.try.command')}
            </Button>
            {tryIt.trouble ? <ErrorText trouble={tryIt.trouble} /> : null}
          </div>
        ) : null}
        <ul className={styles['list']}>
          {pipelines.map((each) => (
            <PipelineRow key={each.id} pipeline={each} />
          ))}
        </ul>
      </div>
    </div>
  );
}

const giveUpMs = 5000;
/** Whether so long nothing came that nothing will come. */
function useLate(id: string | undefined): boolean {
  const [late, setLate] = useState<string>();
  useEffect(() => {
    if (id === undefined) return;
    const timer = setTimeout(() => setLate(id), giveUpMs);
    return () => clearTimeout(timer);
  }, [id]);
  return late !== undefined && late === id;
}

function PipelineRow({ pipeline }: { readonly pipeline: PipelineView }) {
  const now = useNow(1000, pipeline.endedMs === undefined);
  const jobs = pipeline.stages.flatMap((stage) => stage.jobs);
  return (
    <li>
      <a href={hashOf({ view: 'pipelines', pipeline: pipeline.id })}>
        <StateIcon state={pipeline.state} />
        <span className={styles['folder']}>
          {folderName(pipeline.folder)}
          <span className="hidden-text">, {t(`state.${pipeline.state}`)}</span>
        </span>
        <span className={`${styles['when']} num`}>
          {clockTime((pipeline.endedMs ?? now) - pipeline.startedMs)} · {timeOfDay(pipeline.startedMs)}
        </span>
        <span className={styles['sub']}>
          {t('pipelines.summary', { ref: pipeline.ref, sha: pipeline.sha.slice(0, 8), count: jobs.length })} ·{' '}
          <bdi>{pipeline.folder}</bdi>
        </span>
      </a>
    </li>
  );
}
