import { type Attempts, type AttemptVariable, withAttempts } from './attempts.ts';
import { captureCommand } from './capture.ts';
import type { PreparedJob } from './context.ts';
import { type StageName, stageTitles } from './sections.ts';
import type { StageBody } from './stage.ts';
import type { TransferContext } from './transfer/types.ts';
import { shortToken } from './variables/index.ts';

/** Caches and artifacts of other jobs, before the user's steps. */
export const fetchFiles = async (job: PreparedJob, attempts: Attempts): Promise<void> => {
  const { deps, setup } = job;
  const { transfer } = deps;
  if (transfer.hasCache(setup.payload, 'restore')) {
    transfer.checkCache(setup.payload, job.variables);
    await retried(job, attempts, 'RESTORE_CACHE_ATTEMPTS', 'restore_cache', transfer.restoreCache);
  }
  if (transfer.hasDependencies(setup.payload))
    await retried(job, attempts, 'ARTIFACT_DOWNLOAD_ATTEMPTS', 'download_artifacts', transfer.downloadArtifacts);
};

export const archiveCache = async (job: PreparedJob, outcome: 'success' | 'failure'): Promise<void> => {
  const { transfer } = job.deps;
  if (!transfer.hasCache(job.setup.payload, outcome)) return;
  transfer.checkCache(job.setup.payload, job.variables);
  const name = outcome === 'success' ? 'archive_cache' : 'archive_cache_on_failure';
  await transferStage(job, name, (context) => transfer.archiveCache(context, outcome));
};

export const uploadArtifacts = async (job: PreparedJob, outcome: 'success' | 'failure'): Promise<void> => {
  const { transfer } = job.deps;
  if (!transfer.hasArtifacts(job.setup.payload, outcome)) return;
  const name = outcome === 'success' ? 'upload_artifacts_on_success' : 'upload_artifacts_on_failure';
  await transferStage(job, name, (context) => transfer.uploadArtifacts(context, outcome));
};

const retried = (
  job: PreparedJob,
  attempts: Attempts,
  variable: AttemptVariable,
  name: StageName,
  run: (context: TransferContext) => Promise<void>,
): Promise<void> =>
  withAttempts(
    {
      attempts: attempts.of(variable),
      exponential: job.variables.flag('FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY'),
      clock: job.deps.clock,
      signal: job.lifetime.signal,
      log: job.log,
    },
    () => transferStage(job, name, run),
  );

const transferStage = (
  job: PreparedJob,
  name: StageName,
  run: (context: TransferContext) => Promise<void>,
): Promise<void> => {
  const { signal } = job.lifetime;
  return job.stages.run({ name, title: stageTitles[name], signal }, (onOutput) =>
    run(transferContext(job, name, { signal, onOutput })),
  );
};

const transferContext = (
  job: PreparedJob,
  stage: StageName,
  { signal, onOutput }: { signal: AbortSignal; onOutput: Parameters<StageBody>[0] },
): TransferContext => {
  const { deps, request, setup, environment, variables, directories } = job;
  return {
    environment: environment.filesIn ? { ...environment, files: environment.filesIn(stage) } : environment,
    archiver: deps.archiver,
    client: deps.client,
    payload: setup.payload,
    runner: request.runner,
    info: request.info,
    variables: variables.all,
    variable: variables.get,
    expand: variables.expand,
    flag: variables.flag,
    directories,
    shortToken: shortToken(request.runner.token ?? ''),
    jobFolder: request.jobFolder,
    clock: deps.clock,
    signal,
    log: deps.log,
    print: (bytes) => void onOutput('stdout', Buffer.from(bytes)),
    printHelper: (bytes) => void onOutput('stderr', Buffer.from(bytes)),
    capture: (command, args) => captureCommand(job, { stage, signal }, command, args),
    onDetail: (key, value) => job.onEvent({ kind: 'detail', key, value }),
  };
};
