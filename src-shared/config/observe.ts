import { duration, integer, table, tables, text, texts } from './kinds.ts';

/** `[runners.referees]` (spec/config-toml.md 2.13). */
export const referees = table(
  'Figures of a Prometheus server beside each job.',
  {
    metrics: table('Queries that are answered for the time of a job.', {
      prometheus_address: text('Address of the Prometheus server.'),
      query_interval: integer('Step of the queries.', { unit: 'seconds' }),
      queries: texts('Queries, name:promql.'),
    }),
  },
  { ignored: 'referees are not supported' },
);

/** `[runners.monitoring]` (2.13). */
export const monitoring = table(
  'Limits that a metric is counted against.',
  {
    job_queuing_durations: tables('How long a job may wait at GitLab.', {
      periods: texts('When the limit counts (cron).'),
      timezone: text('Time zone of the periods.', { default: 'Local' }),
      threshold: duration('Longest time in the queue.'),
      jobs_running_for_project: text('Regular expression on the number of running jobs.'),
    }),
  },
  { ignored: 'there are no metrics of queue times' },
);
