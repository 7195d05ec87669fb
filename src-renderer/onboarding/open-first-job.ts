import { type EngineStore, selectPipelines } from '../app/engine-store.ts';
import { goTo } from '../app/route.ts';

/** Shows the log of a pipeline's first job as soon as it has begun; until then the pipeline's board. */
export function openFirstJob(store: EngineStore, pipeline: string): void {
  goTo({ view: 'pipelines', pipeline });
  const board = window.location.hash;
  const look = (): boolean => {
    // A person who went elsewhere meanwhile is not called back.
    if (window.location.hash !== board) return true;
    const job = selectPipelines(store.getState())
      .find((each) => each.id === pipeline)
      ?.stages.flatMap((stage) => stage.jobs)
      .find((each) => each.key !== undefined);
    if (job?.key === undefined || !store.getState().data?.jobByKey.has(job.key)) return false;
    goTo({ view: 'jobs', job: job.key });
    return true;
  };
  if (look()) return;
  const stop = store.subscribe(() => {
    if (look()) stop();
  });
}
