import type { PreparedJob } from './context.ts';
import { runScript } from './script.ts';
import { stepStage } from './sections.ts';
import { renderStage, type ScriptStage, type StageContext } from './stages/index.ts';

/** Renders one stage's script and runs it in its section. Nothing to do: nothing is printed. */
export const runScriptStage = async (
  job: PreparedJob,
  stage: ScriptStage,
  title: string,
  { where, signal }: { where: 'build' | 'helper'; signal: AbortSignal },
): Promise<void> => {
  if (signal.aborted) throw signal.reason;
  const script = renderStage(stage, stageContext(job));
  if (script === undefined) return;
  const name = stageName(job, stage);
  const { deps, environment, log, stages } = job;
  await stages.run({ name, title, signal }, (onOutput) =>
    runScript(
      environment,
      script,
      { stage: name, where, signal, onOutput },
      { clock: deps.clock, log, exitWords: deps.executor.traits.exitWords },
    ),
  );
};

export const stageContext = (job: PreparedJob): StageContext => {
  const { deps, request, setup, environment } = job;
  return {
    payload: setup.payload,
    runner: request.runner,
    shell: job.shell,
    variables: job.variables,
    directories: job.directories,
    traits: deps.executor.traits,
    ...(environment.hostname !== undefined ? { hostname: environment.hostname } : {}),
    runnerHostname: request.hostname,
    serverUrl: request.runner.url ?? '',
    jobId: setup.payload.id,
    systemId: request.systemId,
  };
};

const stageName = ({ setup }: PreparedJob, stage: ScriptStage): string =>
  stage.name === 'step' ? stepStage(setup.payload.steps?.[stage.index]?.name ?? '') : stage.name;
