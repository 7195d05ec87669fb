import { RotateCw } from 'lucide-react';
import type { JobView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { selectPipelines } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText } from '../ui/controls.tsx';

/** JOB3: a local job that has ended is run once more, as its repository is now; the board of that run opens. */
export function RunAgain({ job }: { readonly job: JobView }) {
  const folder = useEngine((state) => selectPipelines(state).find(({ id }) => id === job.pipeline)?.folder);
  const again = useAction('pipeline.run');
  const run = async (): Promise<void> => {
    const answer = await again.run({ folder: folder ?? '', jobs: [job.name] });
    if (answer) goTo({ view: 'pipelines', pipeline: answer.pipeline });
  };
  useCommands(
    folder === undefined || again.busy
      ? []
      : [
          {
            id: 'job.again',
            label: t('jobs.again'),
            icon: <RotateCw size={16} />,
            note: job.name,
            run: () => void run(),
          },
        ],
  );
  return (
    <>
      {again.trouble ? <ErrorText trouble={again.trouble} /> : null}
      <Button
        busy={again.busy}
        onClick={() => void run()}
        reason={folder === undefined ? t('jobs.againLost') : undefined}
      >
        <RotateCw aria-hidden="true" size={14} />
        {t('jobs.again')}
      </Button>
    </>
  );
}
