import type { RunnerInfo } from '../../../src-main/gitlab/types.ts';
import { type Answer, forbidden, header, type Incoming, json, missing } from './answer.ts';
import { infoProblem } from './checks.ts';
import { enter, isAlive, type KeptJob, stateOf } from './jobs.ts';
import type { Runners } from './runners.ts';
import type { TestCoordinatorOptions } from './types.ts';

/** POST /jobs/request with the queue behind it. */
export interface JobQueue {
  answer(incoming: Incoming): Promise<Answer>;
  /** Requests that a token made. */
  asked(token: string): number;
  /** A job that was handed out before and has not ended, once more. */
  again(): Answer | undefined;
  /** A new job is there: who waits for one is answered. */
  changed(): void;
}

export function createQueue(
  jobs: readonly KeptJob[],
  runners: Runners,
  options: TestCoordinatorOptions,
  problem: (text: string) => void,
): JobQueue {
  const asked = new Map<string, number>();
  const sleepers = new Set<() => void>();
  /** X-GitLab-Last-Update: an opaque value that changes when a job appears. */
  let version = 1;

  const current = (): string => `update-${version}`;
  const changeOrTimeout = (incoming: Incoming): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, options.longPollMs);
      sleepers.add(wake);
      void incoming.gone.then(wake);
    });

  const changed = (): void => {
    version += 1;
    for (const wake of [...sleepers]) wake();
  };

  return {
    asked: (token) => asked.get(token) ?? 0,
    changed,
    again() {
      const job = jobs.filter((candidate) => isAlive(candidate)).at(-1);
      return job && json(201, job.body);
    },
    async answer(incoming) {
      const body = incoming.json;
      if (body?.['token'] === undefined) return missing('token');
      const token = String(body['token']);
      asked.set(token, (asked.get(token) ?? 0) + 1);
      const runner = runners.find(token);
      if (runner === undefined) return forbidden();
      const wrong = infoProblem(body['info']);
      if (wrong !== undefined) {
        problem(`POST /jobs/request: ${wrong}`);
        return json(400, { error: wrong });
      }
      if (header(incoming, 'runner-token') !== token) problem('a job request without the RUNNER-TOKEN header');
      const systemId = String(body['system_id'] ?? '');
      if (!/^[sr]_[0-9a-zA-Z]{12}$/.test(systemId)) problem(`system_id "${systemId}"`);
      const info = body['info'] as RunnerInfo;
      runner.managers.set(systemId, info);
      const lastUpdate = body['last_update'];
      if (lastUpdate !== undefined && !/^update-\d+$/.test(String(lastUpdate)))
        problem(`last_update "${lastUpdate}" is none of ours`);
      if (lastUpdate === current() && options.longPollMs !== undefined) await changeOrTimeout(incoming);
      // A new job changes the value, so a runner that shows the current one need not be looked after.
      const isCurrent = lastUpdate === current();
      const job = runner.paused || isCurrent ? undefined : nextFor(jobs, token);
      if (job === undefined) return { status: 204, headers: { 'x-gitlab-last-update': current() } };
      const twoPhase = options.twoPhase !== false && info.features.two_phase_job_commit;
      job.session = body['session'] as KeptJob['session'];
      job.graceful = info.features.cancel_gracefully;
      enter(job, twoPhase ? 'waiting' : 'running');
      if (twoPhase && options.takeBackMs !== undefined)
        setTimeout(() => {
          if (stateOf(job) !== 'waiting') return;
          enter(job, 'pending');
          changed();
        }, options.takeBackMs).unref();
      return json(201, job.body);
    },
  };
}

const nextFor = (jobs: readonly KeptJob[], token: string): KeptJob | undefined =>
  jobs.find((job) => stateOf(job) === 'pending' && (job.runner === undefined || job.runner === token));
