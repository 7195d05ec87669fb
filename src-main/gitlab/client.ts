import { parsePayload } from '../../src-shared/payload.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { jsonOf, messageFrom, sendAnswer, updateAnswer } from './answers.ts';
import { downloadArtifact, uploadArtifact } from './artifacts.ts';
import { createHttp, type Reply, retryAfterSeconds } from './http.ts';
import { createRunnerInfo } from './info.ts';
import { probeServer } from './probe.ts';
import { createRegistration } from './registration.ts';
import { createTransport } from './transport.ts';
import type { ConnectionOptions, CoordinatorClient, JobRequestAnswer } from './types.ts';
import { apiBase } from './url.ts';

/** GitLab's runner API for one connection. An unusable URL is an answer of every call, as any other trouble is. */
export function createCoordinatorClient(
  options: ConnectionOptions,
  deps: { readonly clock: Clock; readonly log: Logger },
): CoordinatorClient {
  const { clock } = deps;
  const usable = apiBase(options.url);
  // Calls on a bad URL go to a port that nobody has: they end as `unreachable` with this message.
  const base = usable ?? new URL('http://127.0.0.1:1/api/v4/');
  const transport = createTransport(base, options, deps);
  const http = createHttp(base, transport, clock);
  let lastUpdate = '';

  const put = (path: string, token: string, body: unknown, signal?: AbortSignal): Promise<Reply> =>
    http.send({
      method: 'PUT',
      path,
      headers: { 'JOB-TOKEN': token, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });

  return {
    ...createRegistration(http),
    async requestJob({ token, systemId, info, session, signal }) {
      if (usable === undefined)
        return { kind: 'refused', status: -100, message: `"${options.url}" is not an http or https address` };
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
        ...(signal ? { signal } : {}),
      });
      lastUpdate = reply.headers['x-gitlab-last-update'] || lastUpdate;
      return requestAnswer(reply);
    },
    async updateJob(job, update, info, signal) {
      const { output, ...rest } = update;
      const body = {
        info,
        token: job.token,
        ...rest,
        ...(output ? { checksum: output.checksum } : {}),
        output: output ?? {},
      };
      return updateAnswer(await put(`jobs/${job.id}`, job.token, body, signal), clock.now());
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
        ...(signal ? { signal } : {}),
      });
      return sendAnswer(reply, clock.now());
    },
    uploadArtifact: (job, artifact, signal) => uploadArtifact(http, base, job, artifact, signal),
    downloadArtifact: (job, choice, signal) => downloadArtifact(http, job, choice, signal),
    probe: async () => {
      if (usable === undefined)
        return { ok: false, kind: 'invalidUrl', message: `"${options.url}" is not an http or https address` };
      return probeServer(http, transport, createRunnerInfo({ executor: '', shell: '', executorFeatures: [] }));
    },
    close: () => transport.close(),
  };

  function requestAnswer(reply: Reply): JobRequestAnswer {
    const { status } = reply;
    if (status === 204) return { kind: 'none' };
    if (status === 201) {
      const data = jsonOf(reply, 201);
      if (data === undefined)
        return { kind: 'failed', status: -1, message: 'the server sent a job that is no JSON', retryable: false };
      const parsed = parsePayload(data);
      if (!parsed.ok) return { kind: 'invalidJob', problem: parsed.problem };
      const tls = transport.chain();
      return { kind: 'job', payload: parsed.payload, ...(tls ? { tls } : {}) };
    }
    if (status === 403) return { kind: 'refused', status, message: messageFrom(reply) };
    const wait = retryAfterSeconds(reply.headers, clock.now());
    return {
      kind: 'failed',
      status,
      message: messageFrom(reply),
      retryable: status === 429 || status >= 500,
      ...(wait !== undefined ? { retryAfterSeconds: wait } : {}),
    };
  }
}
