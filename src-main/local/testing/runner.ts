import { type JobPayload, parsePayload } from '../../../src-shared/payload.ts';
import type { LocalCoordinator } from '../index.ts';

/** A runner of plain requests: it does what a test says and nothing by itself. */
export function createRunner({ url, runnerToken }: Pick<LocalCoordinator, 'url' | 'runnerToken'>) {
  const api = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${url}/api/v4${path}`, init);
  const json = (method: string, path: string, body: unknown): Promise<Response> =>
    api(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const ask = (options: { token?: string | undefined; signal?: AbortSignal } = {}): Promise<Response> =>
    api('/jobs/request', {
      method: 'POST',
      body: JSON.stringify({ info: {}, token: 'token' in options ? options.token : runnerToken }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  return {
    api,
    json,
    ask,
    /** The next job; waits for it. */
    async take(): Promise<JobPayload> {
      const answer = await ask();
      if (answer.status !== 201) throw new Error(`no job: ${answer.status}`);
      const parsed = parsePayload(await answer.json());
      if (!parsed.ok) throw new Error(parsed.problem.problems.join('\n'));
      return parsed.payload;
    },
    put: (job: JobPayload, state: string, more: object = {}): Promise<Response> =>
      json('PUT', `/jobs/${job.id}`, { token: job.token, state, ...more }),
    patch: (job: Pick<JobPayload, 'id' | 'token'>, start: number, text: string): Promise<Response> =>
      api(`/jobs/${job.id}/trace?debug_trace=false`, {
        method: 'PATCH',
        body: text,
        headers: { 'job-token': job.token, 'content-range': `${start}-${start + Buffer.byteLength(text) - 1}` },
      }),
    upload(
      job: JobPayload,
      query: string,
      content: Uint8Array<ArrayBuffer> | string,
      name = 'artifacts.zip',
    ): Promise<Response> {
      const form = new FormData();
      form.set('file', new Blob([content]), name);
      return api(`/jobs/${job.id}/artifacts?${query}`, {
        method: 'POST',
        body: form,
        headers: { 'job-token': job.token },
      });
    },
    download: (id: number, token: string): Promise<Response> =>
      api(`/jobs/${id}/artifacts?direct_download=true`, { headers: { 'job-token': token } }),
  };
}
