import type { JobState, JobView } from '../../src-shared/ipc.ts';

/** What of the list is shown. Empty values hide nothing. */
export interface JobFilter {
  readonly text: string;
  readonly tab: 'all' | 'running' | 'failed' | 'local';
  readonly runner: string;
  readonly project: string;
  readonly ref: string;
  readonly state: JobState | '';
}
export const noFilter: JobFilter = { text: '', tab: 'all', runner: '', project: '', ref: '', state: '' };

const inTab: Readonly<Record<JobFilter['tab'], (job: JobView) => boolean>> = {
  all: () => true,
  running: (job) => job.state === 'running' || job.state === 'waiting',
  failed: (job) => job.state === 'failed',
  local: (job) => job.pipeline !== undefined,
};

/** The jobs that fit, in their order. Every word of the text must stand in job, project, ref or the commit's start. */
export function filterJobs(jobs: readonly JobView[], filter: JobFilter): readonly JobView[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = inTab[filter.tab];
  if (words.length === 0 && filter.tab === 'all' && !filter.runner && !filter.project && !filter.ref && !filter.state)
    return jobs;
  return jobs.filter((job) => {
    if (!fits(job)) return false;
    if (filter.runner !== '' && job.runner !== filter.runner) return false;
    if (filter.project !== '' && job.project !== filter.project) return false;
    if (filter.ref !== '' && job.ref !== filter.ref) return false;
    if (filter.state !== '' && job.state !== filter.state) return false;
    if (words.length === 0) return true;
    const text = `${job.name}\n${job.project}\n${job.ref}\n${job.sha.slice(0, 8)}\n${job.id}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const countTabs = (jobs: readonly JobView[]): Readonly<Record<JobFilter['tab'], number>> => {
  const counts = { all: jobs.length, running: 0, failed: 0, local: 0 };
  for (const job of jobs) {
    if (inTab.running(job)) counts.running++;
    if (inTab.failed(job)) counts.failed++;
    if (inTab.local(job)) counts.local++;
  }
  return counts;
};
