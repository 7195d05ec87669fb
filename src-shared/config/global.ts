import * as v from 'valibot';
import { harrierGlobals } from './harrier.ts';
import { choice, duration, flag, integer, map, openTable, table, text } from './kinds.ts';
import { runnerSchema } from './runner.ts';

/** Logrus's names, which the official runner takes. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal', 'panic'] as const;
export const logFormats = ['runner', 'text', 'json'] as const;

/** The keys beside `[[runners]]` (spec/config-toml.md 1), in the order in which the official runner writes them. */
export const globalSchema = v.looseObject({
  listen_address: text('host:port of metrics; absent: off.', {
    restart: true,
    ignored: 'there is no server for metrics',
  }),
  concurrent: integer('Jobs at once, over all runners.', { default: 1, min: 1 }),
  check_interval: integer('Time of one round over all runners; 0: 3.', { default: 0, unit: 'seconds' }),
  log_level: choice('How much the application’s own log says.', logLevels, { default: 'info' }),
  log_format: choice('Form of the application’s own log.', logFormats, { default: 'runner' }),
  user: text('User of the jobs.', { ignored: 'only `run --user` counts, as with the official runner' }),
  sentry_dsn: text('Address for error reports.', { secret: true, ignored: 'Harrier sends no reports' }),
  connection_max_age: duration('Longest life of an idle connection to GitLab.', { default: '15m', restart: true }),
  shutdown_timeout: integer('How long running jobs may go on at a stop; 0: 30.', { default: 0, unit: 'seconds' }),
  session_server: table('Web terminals of GitLab.', {
    listen_address: text('host:port at which GitLab reaches the terminals of jobs; absent: off.', { restart: true }),
    advertise_address: text('host:port that GitLab is told; absent: listen_address.', { restart: true }),
    session_timeout: integer('How long an open terminal keeps a finished job.', { default: 1800, unit: 'seconds' }),
  }),
  labels: map('Labels of all runners, sent to GitLab.'),
  machine: table('Machines of docker+machine.', {
    shutdown_drain: table('Removal of machines that wait when Harrier ends.', {
      enabled: flag('Waiting machines are removed when Harrier ends.', { default: false }),
      concurrency: integer('Machines removed at once.', { default: 3 }),
      max_retries: integer('Tries to remove a machine.', { default: 3 }),
      retry_backoff: duration('Pause before the next try to remove one, times the number of tries.', { default: '5s' }),
    }),
  }),
  experimental: openTable('Trials of the official runner.', { ignored: 'trials of the official runner' }),
  harrier: harrierGlobals,
});
/** A whole file. */
export const configSchema = v.looseObject({ ...globalSchema.entries, runners: v.optional(v.array(runnerSchema)) });
export type Config = v.InferOutput<typeof configSchema>;
