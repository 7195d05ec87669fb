import type { JobView } from '../../src-shared/ipc.ts';
import type { JobPayload } from '../../src-shared/payload.ts';
import type { JobEvent, JobOutcome } from '../job/types.ts';

/** What a person sees of a job that was just taken. */
export function createJobView(
  payload: JobPayload,
  facts: { key: string; runner: string; runnerName: string; executor: string; nowMs: number },
): JobView {
  const variable = (key: string): string | undefined =>
    payload.variables?.find((candidate) => candidate.key === key && candidate.masked !== true)?.value ?? undefined;
  const info = payload.job_info;
  const webUrl = variable('CI_JOB_URL');
  const pipeline = variable('HARRIER_PIPELINE');
  return {
    key: facts.key,
    id: payload.id,
    name: info?.name ?? '',
    stage: info?.stage ?? '',
    project: variable('CI_PROJECT_PATH') ?? info?.project_full_path ?? info?.project_name ?? '',
    ref: payload.git_info?.ref ?? '',
    sha: payload.git_info?.sha ?? '',
    runner: facts.runner,
    runnerName: facts.runnerName,
    executor: facts.executor,
    state: 'running',
    phase: 'preparing',
    startedMs: facts.nowMs,
    queuedSeconds: info?.time_in_queue_seconds ?? undefined,
    timeoutSeconds: payload.runner_info?.timeout || 7200,
    traceBytes: 0,
    stages: [],
    ...(webUrl !== undefined ? { webUrl } : {}),
    ...(pipeline !== undefined ? { pipeline } : {}),
    details: {
      ...(payload.image?.name ? { image: payload.image.name } : {}),
      ...((payload.services ?? []).length > 0
        ? { services: (payload.services ?? []).map(({ name }) => name).join(', ') }
        : {}),
    },
  };
}

/** The view after an event of the job; a new object, since views are compared by identity. */
export function applyEvent(view: JobView, event: JobEvent): JobView {
  switch (event.kind) {
    case 'phase':
      return { ...view, phase: event.phase };
    case 'terminal': {
      const { terminal: _, ...rest } = view;
      return event.open ? { ...rest, terminal: true } : rest;
    }
    case 'detail':
      return { ...view, details: { ...view.details, [event.key]: event.value } };
    case 'stage':
      if (event.state === 'started')
        return { ...view, stages: [...view.stages, { name: event.stage, startedMs: event.atMs }] };
      return {
        ...view,
        stages: view.stages.map((stage) =>
          stage.name === event.stage && stage.endedMs === undefined
            ? { ...stage, endedMs: event.atMs, ...(event.failed ? { failed: true } : {}) }
            : stage,
        ),
      };
  }
}

export function endView(view: JobView, outcome: JobOutcome, nowMs: number): JobView {
  const canceled = outcome.delivery === 'dropped' || outcome.failureReason === 'job_canceled';
  const { phase: _, terminal: __, keepMs: ___, ...rest } = view;
  return {
    ...rest,
    state: outcome.state === 'success' ? 'passed' : canceled ? 'canceled' : 'failed',
    message: outcome.message,
    endedMs: nowMs,
    traceBytes: outcome.traceBytes,
    ...(outcome.failureReason !== undefined ? { failureReason: outcome.failureReason } : {}),
    ...(outcome.exitCode !== undefined ? { exitCode: outcome.exitCode } : {}),
  };
}
