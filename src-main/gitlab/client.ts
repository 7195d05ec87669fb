import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { sendAnswer, updateAnswer } from './answers.ts';
import { downloadArtifact, uploadArtifact } from './artifacts.ts';
import { createHttp } from './http.ts';
import { createRunnerInfo } from './info.ts';
import { jobRequestAnswer } from './job-answer.ts';
import { createPersonalApi } from './personal.ts';
import { probeServer } from './probe.ts';
import { withoutLogin } from './proxy.ts';
import { createRegistration } from './registration.ts';
import { createTransport } from './transport.ts';
import type { ConnectionOptions, CoordinatorClient } from './types.ts';
import { createUnusableClient } from './unusable.ts';
import { apiBase } from './url.ts';

/** A longer pause that the server asks for is told in the answer: its callers hold slots and have their own patience. */
const longestWaitMs = 5000;
/** Without these a server that takes a request and says nothing would be waited for for ten minutes. */
const updateTimeoutMs = 60_000;
/** A megabyte over a slow line takes its time. */
const traceTimeoutMs = 300_000;

/** GitLab's runner API for one connection. An unusable URL is an answer of every call, as any other trouble is. */
export function createCoordinatorClient(
  options: ConnectionOptions,
  deps: { readonly clock: Clock; readonly log: Logger },
): CoordinatorClient {
  const base = apiBase(options.url);
  if (base === undefined)
    return createUnusableClient(`"${withoutLogin(options.url)}" is not an http or https address of a GitLab server`);
  const { clock } = deps;
  const transport = createTransport(base, options, deps);
  const http = createHttp(base, transport, clock);
  /** X-GitLab-Last-Update of each runner that asks over this connection. */
  const lastUpdates = new Map<string, string>();

  return {
    ...createRegistration(http, clock.now),
    async requestJob({ token, systemId, info, session, signal }) {
      const lastUpdate = lastUpdates.get(token);
      const reply = await http.send({
        method: 'POST',
        path: 'jobs/request',
        headers: { 'RUNNER-TOKEN': token, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({
          info,
          token,
          ...(systemId ? { system_id: systemId } : {}),
          ...(lastUpdate ? { last_update: lastUpdate } : {}),
          ...(session ? { session } : {}),
        }),
        longestWaitMs,
        ...(signal ? { signal } : {}),
      });
      const update = reply.headers['x-gitlab-last-update'];
      if (update) lastUpdates.set(token, update);
      return jobRequestAnswer(reply, () => transport.chain(), clock.now());
    },
    async updateJob(job, { output, ...rest }, info, signal) {
      const body = {
        info,
        token: job.token,
        ...rest,
        ...(output ? { checksum: output.checksum } : {}),
        output: output ?? {},
      };
      const reply = await http.send({
        method: 'PUT',
        path: `jobs/${job.id}`,
        headers: { 'JOB-TOKEN': job.token, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        timeoutMs: updateTimeoutMs,
        longestWaitMs,
        ...(signal ? { signal } : {}),
      });
      return updateAnswer(reply, clock.now(), rest.state);
    },
    async patchTrace(job, { start, body, debug }, signal) {
      const reply = await http.send({
        method: 'PATCH',
        path: `jobs/${job.id}/trace?debug_trace=${debug}`,
        headers: {
          'JOB-TOKEN': job.token,
          'content-type': 'text/plain',
          'content-range': `${start}-${start + body.length - 1}`,
        },
        body,
        timeoutMs: traceTimeoutMs,
        longestWaitMs,
        ...(signal ? { signal } : {}),
      });
      return sendAnswer(reply, clock.now());
    },
    uploadArtifact: (job, artifact, signal) => uploadArtifact(http, base, job, artifact, signal),
    downloadArtifact: (job, choice, signal) => downloadArtifact(http, job, choice, signal),
    personal: (token) => createPersonalApi(http, clock.now, token),
    probe: () =>
      probeServer(http, base, createRunnerInfo({ executor: '', shell: '', executorFeatures: [] }), {
        proxy: () => transport.proxyOf(base),
        peer: () => transport.peer(),
      }),
    reconnect: () => void transport.close(),
    close: () => transport.close(),
  };
}
