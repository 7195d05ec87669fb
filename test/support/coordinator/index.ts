import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Answer, type Incoming, json, readIncoming } from './answer.ts';
import { checkRequest } from './checks.ts';
import { answerDownload, type ObjectStore, startObjectStore } from './downloads.ts';
import { answerFault, takeFault } from './faults.ts';
import { answerJob, type KeptJob, viewOf } from './jobs.ts';
import { buildPayload } from './payload.ts';
import { createQueue } from './requests.ts';
import { createRunners } from './runners.ts';
import type { Fault, RequestSeen, TestCoordinator, TestCoordinatorOptions, TestJob } from './types.ts';

export type * from './types.ts';

const defaultToken = 'glrt-test-coordinator-token';

/**
 * GitLab as a runner meets it, strict on purpose: it refuses what GitLab refuses, keeps what it was told, and does what
 * a test asks for (fail, hang, cancel, revoke). Facts: spec/coordinator-api.md section 8.
 */
export async function startTestCoordinator(given: TestCoordinatorOptions = {}): Promise<TestCoordinator> {
  const options = { ...given, tokens: given.tokens ?? [defaultToken] };
  const kept: KeptJob[] = [];
  const views = new Map<number, TestJob>();
  const faults: Fault[] = [];
  const problems: string[] = [];
  const requests: RequestSeen[] = [];
  const problem = (text: string): void => void problems.push(text);
  const runners = createRunners(options, problem);
  const queue = createQueue(kept, runners, options, problem);
  let store: ObjectStore | undefined;
  let useStore = false;
  let nextId = 100;

  async function work(incoming: Incoming): Promise<Answer> {
    problems.push(...checkRequest(incoming));
    if (incoming.method === 'POST' && incoming.path === '/api/v4/jobs/request') return queue.answer(incoming);
    const match = /^\/api\/v4\/jobs\/(\d+)(?:\/(trace|artifacts))?$/.exec(incoming.path);
    const job = kept.find(({ id }) => id === Number(match?.[1]));
    switch (match !== null ? `${incoming.method} ${match[2] ?? ''}` : '') {
      case 'PUT ':
        return answerJob(job, 'update', incoming, { options, problem });
      case 'PATCH trace':
        return answerJob(job, 'trace', incoming, { options, problem });
      case 'POST artifacts':
        return answerJob(job, 'artifacts', incoming, { options, problem });
      case 'GET artifacts':
        return answerDownload(job, kept, incoming, useStore ? store?.url : undefined);
      default:
        return runners.answer(incoming) ?? json(404, { error: '404 Not Found' });
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [asked, asPath] = [request.method ?? '', (request.url ?? '').split('?')[0] ?? ''];
    const fault = takeFault(faults, asked, asPath) ?? options.faultOf?.(asked, asPath);
    if (fault?.answer === 'cut' && fault.delayMs === undefined) return void request.socket.destroy();
    const incoming = await readIncoming(request, response);
    const hands = { work: () => work(incoming), again: () => queue.again() };
    const answer = fault ? await answerFault(fault, incoming, hands) : await work(incoming);
    if (answer === undefined) return;
    const { method, path, search, headers, body } = incoming;
    requests.push({ method, path, query: search, headers, body, status: answer === 'cut' ? 0 : answer.status });
    if (answer === 'cut') return void request.socket.destroy();
    const requestId = headers['x-request-id'];
    response.writeHead(answer.status, { ...(requestId ? { 'x-request-id': requestId } : {}), ...answer.headers });
    if (answer.torn !== undefined) return void response.write(answer.body ?? '', () => request.socket.destroy());
    response.end(answer.body);
  }

  const server = serve(options, (request, response) => {
    handle(request, response).catch((error) => {
      // A client that goes away in the middle is a test's wish, not a problem.
      if (!request.destroyed) problem(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  store = await startObjectStore(kept, problem);

  const add = (
    name: string,
    runner: string | undefined,
    body: (job: { id: number; token: string }) => Readonly<Record<string, unknown>>,
  ): TestJob => {
    const id = nextId++;
    const token = `glcbt-job-token-${id}-secret`;
    const job: KeptJob = {
      id,
      token,
      name,
      runner,
      body: body({ id, token }),
      states: ['pending'],
      updates: [],
      finals: [],
      artifacts: [],
      patches: [],
      waiting: new Set(),
      trace: [],
      size: 0,
      graceful: false,
      session: undefined,
      checksumFits: false,
      finalWaits: options.finalWaits ?? 0,
      ended: false,
    };
    kept.push(job);
    const view = viewOf(job);
    views.set(id, view);
    queue.changed();
    return view;
  };
  const runnerOf = (token: string) => {
    const found = runners.all.find((runner) => runner.token === token);
    if (found === undefined) throw new Error('no runner has this token');
    return found;
  };

  return {
    url,
    token: options.tokens[0] ?? defaultToken,
    runners: runners.all,
    requests,
    problems,
    get jobs() {
      return [...views.values()];
    },
    asked: queue.asked,
    queue: (spec) =>
      add(spec.name ?? 'test', spec.runner, (job) =>
        buildPayload(spec, job, { url, ...(options.repository ? { repository: options.repository } : {}) }),
      ),
    queueRaw: (body) => add('raw', undefined, (job) => ({ ...job, ...(body as object) })),
    job(id) {
      const view = views.get(id);
      if (view === undefined) throw new Error(`there is no job ${id}`);
      return view;
    },
    fail: (fault) => void faults.push(fault),
    heal: () => void faults.splice(0),
    revoke(token, on = true) {
      runnerOf(token).revoked = on;
    },
    pause(token, on = true) {
      runnerOf(token).paused = on;
      queue.changed();
    },
    useObjectStore(on) {
      useStore = on;
    },
    async close() {
      server.closeAllConnections();
      await Promise.all([new Promise<void>((resolve) => server.close(() => resolve())), store?.close()]);
    },
  };
}

function serve({ tls }: TestCoordinatorOptions, listener: RequestListener): Server {
  if (tls === undefined) return createServer(listener);
  const { key, cert, ca, requestCert = false } = tls;
  return createSecureServer(
    { key, cert, ...(ca ? { ca } : {}), requestCert, rejectUnauthorized: requestCert },
    listener,
  );
}
