import type { PrepareRequest } from '../../types.ts';

export const labelPrefix = 'com.gitlab.gitlab-runner.';
/** Everything of ours bears it; nothing without it is ever touched. */
export const managedLabel = `${labelPrefix}managed=true`;
/** Set besides the official labels, so that leftovers of another runner on the same engine stay untouched. */
export const harrierLabel = 'dev.harrier.managed=true';

/** Of containers that run from their start to the end of their job: one that has ended without being removed is a leftover. */
export const keeperKey = 'dev.harrier.keeper';
/** Names one preparation of one job, so that its leftovers can be told from everything else on the engine. */
export const jobKey = 'dev.harrier.job';

/** Of build containers: where a terminal in a kept one begins, and which of the slot's sets of volumes it uses. */
export const projectFolderKey = 'dev.harrier.project-folder';
export const volumesKey = 'dev.harrier.volumes';

export type LabelType = 'build' | 'predefined' | 'service' | 'cache' | 'network';

/** Labels of what this job makes (spec/executors.md 2.3). */
export function labelsOf(
  request: PrepareRequest,
): (type: LabelType, more?: Record<string, string>) => Record<string, string> {
  const { job, slot, shortToken, systemId } = request;
  const variable = (key: string) => request.variables.find((each) => each.key === key)?.value ?? '';
  const common: Record<string, string> = {
    'job.id': String(job.id),
    'job.url': variable('CI_JOB_URL'),
    'job.sha': job.git_info?.sha ?? '',
    'job.before_sha': job.git_info?.before_sha ?? '',
    'job.ref': job.git_info?.ref ?? '',
    'job.timeout': `${job.runner_info?.timeout || 3600}s`,
    'project.id': String(job.job_info?.project_id ?? 0),
    'project.runner_id': String(slot.projectRunnerId),
    'pipeline.id': variable('CI_PIPELINE_ID'),
    'runner.id': shortToken,
    'runner.local_id': String(slot.runnerId),
    'runner.system_id': systemId,
    managed: 'true',
  };
  const [harrierKey = '', harrierValue = ''] = harrierLabel.split('=');
  return (type, more = {}) => ({
    ...prefixed({ ...common, type, ...more }),
    [harrierKey]: harrierValue,
  });
}

export const prefixed = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [labelPrefix + key, value]));
