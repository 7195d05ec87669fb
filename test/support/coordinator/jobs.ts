import { crc32 } from 'node:zlib';
import { type Answer, forbidden, header, type Incoming, json, missing } from './answer.ts';
import { parseFileForm } from './multipart.ts';
import type { JobState, PatchSeen, StoredArtifact, TestCoordinatorOptions, TestJob } from './types.ts';

/** One job as the server keeps it. */
export interface KeptJob {
  readonly id: number;
  readonly token: string;
  readonly name: string;
  readonly runner: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly states: JobState[];
  readonly updates: Record<string, unknown>[];
  readonly finals: Record<string, unknown>[];
  readonly artifacts: StoredArtifact[];
  readonly patches: PatchSeen[];
  readonly waiting: Set<() => void>;
  trace: Buffer[];
  size: number;
  session: TestJob['session'];
  /** The runner that has it can stop a script and go on with after_script. */
  graceful: boolean;
  checksumFits: boolean;
  finalWaits: number;
  ended: boolean;
}

export const stateOf = (job: KeptJob): JobState => job.states.at(-1) ?? 'pending';
export const isAlive = (job: KeptJob): boolean => ['running', 'canceling'].includes(stateOf(job));

/** Puts a job into a state and tells those who wait for something. */
export function enter(job: KeptJob, state: JobState): void {
  if (stateOf(job) !== state) job.states.push(state);
  tell(job);
}
const tell = (job: KeptJob): void => {
  for (const look of [...job.waiting]) look();
};

export function traceOf(job: KeptJob): Buffer {
  if (job.trace.length > 1) job.trace = [Buffer.concat(job.trace)];
  return job.trace[0] ?? Buffer.alloc(0);
}

export interface JobRules {
  readonly options: TestCoordinatorOptions;
  readonly problem: (text: string) => void;
}

/** PUT, PATCH and POST of one job: the common check first (right token, job alive), then what each asks. */
export function answerJob(
  job: KeptJob | undefined,
  what: 'update' | 'trace' | 'artifacts',
  incoming: Incoming,
  rules: JobRules,
): Answer {
  // GitLab does not tell an unknown job from a wrong token.
  if (job === undefined || header(incoming, 'job-token') !== job.token) return forbidden();
  if (what === 'update') return takeUpdate(job, incoming, rules);
  if (!isAlive(job)) return notRunning(job, incoming, rules);
  return what === 'trace' ? takeTrace(job, incoming, rules) : takeArtifact(job, incoming, rules);
}

const notRunning = (job: KeptJob, incoming: Incoming, { problem }: JobRules): Answer => {
  if (stateOf(job) === 'waiting') problem(`${incoming.method} ${incoming.path} before the job was acknowledged`);
  return forbidden({ 'job-status': stateOf(job) });
};

function takeUpdate(job: KeptJob, incoming: Incoming, rules: JobRules): Answer {
  const { options, problem } = rules;
  const update = incoming.json;
  if (update?.['token'] === undefined) return missing('token');
  if (update['token'] !== job.token) return forbidden();
  const state = update['state'];
  const isFinal = state === 'success' || state === 'failed';
  if (!isFinal && state !== 'running') return json(400, { error: 'state does not have a valid value' });
  if (isFinal) job.finals.push({ ...update });
  if (update['info'] === undefined) problem('an update has no info');
  if (update['output'] === undefined) problem('an update has no output');
  if (stateOf(job) === 'waiting') {
    if (isFinal) {
      problem('a job ended that was never acknowledged');
      return json(400, { message: '400 Bad request' });
    }
    enter(job, 'running');
  }
  if (!isAlive(job)) {
    if (isFinal) {
      job.ended = true;
      tell(job);
    }
    return notRunning(job, incoming, rules);
  }
  const headers = { 'job-status': stateOf(job) };
  if (isFinal) {
    job.checksumFits = fits(job, update);
    if (!job.checksumFits && options.badChecksum === 412) return { status: 412, headers, body: '412' };
    if (job.finalWaits > 0) {
      job.finalWaits -= 1;
      return { status: 202, headers: { ...headers, 'x-gitlab-trace-update-interval': '1' }, body: '202' };
    }
    job.ended = true;
  }
  job.updates.push({ ...update });
  enter(job, isFinal ? (stateOf(job) === 'canceling' ? 'canceled' : state) : stateOf(job));
  return { status: 200, headers: { 'job-status': stateOf(job) }, body: '200' };
}

function fits(job: KeptJob, update: Readonly<Record<string, unknown>>): boolean {
  const output = update['output'] as { checksum?: unknown; bytesize?: unknown } | undefined;
  const sum = `crc32:${crc32(traceOf(job)).toString(16).padStart(8, '0')}`;
  return output?.checksum === sum && update['checksum'] === sum && (output.bytesize ?? 0) === job.size;
}

function takeTrace(job: KeptJob, incoming: Incoming, { options, problem }: JobRules): Answer {
  const { body } = incoming;
  const range = header(incoming, 'content-range');
  const [, first, last] = /^(\d+)-(\d+)$/.exec(range) ?? [];
  const send = (status: number): Answer => {
    job.patches.push({ range, size: body.length, debug: incoming.query.get('debug_trace') === 'true', status });
    return {
      status,
      headers: {
        'job-status': stateOf(job),
        range: `0-${job.size}`,
        'x-gitlab-trace-update-interval': String(options.traceInterval ?? 1),
      },
      body: String(status),
    };
  };
  if (first === undefined || last === undefined) return json(400, { error: 'Content-Range header is missing' });
  if (!['true', 'false'].includes(incoming.query.get('debug_trace') ?? '')) problem('a PATCH has no debug_trace');
  if (body.length === 0) problem('an empty PATCH');
  if (body.length > 1024 * 1024) problem(`a PATCH of ${body.length} bytes`);
  if (Number(last) - Number(first) + 1 !== body.length) problem(`Content-Range ${range} for ${body.length} bytes`);
  if (Number(first) !== job.size) return send(416);
  job.trace.push(body);
  job.size += body.length;
  tell(job);
  return send(202);
}

function takeArtifact(job: KeptJob, incoming: Incoming, { options, problem }: JobRules): Answer {
  const form = parseFileForm(incoming.body, header(incoming, 'content-type'));
  if ('problem' in form) {
    problem(form.problem);
    return missing('file');
  }
  if (form.file.length > (options.maxArtifactBytes ?? Number.POSITIVE_INFINITY))
    return json(413, { message: '413 Request Entity Too Large' });
  const { query } = incoming;
  const length = incoming.headers['content-length'];
  job.artifacts.push({
    query: incoming.search,
    type: query.get('artifact_type') ?? 'archive',
    format: query.get('artifact_format') ?? 'zip',
    expireIn: query.get('expire_in') ?? undefined,
    filename: form.filename,
    body: form.file,
    contentLength: length !== undefined ? Number(length) : undefined,
  });
  return json(201, { message: '201 Created' });
}

/** The hands of a test on a job. */
export function viewOf(job: KeptJob): TestJob {
  const until = (check: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!check()) return;
        job.waiting.delete(look);
        resolve();
      };
      job.waiting.add(look);
      look();
    });
  return {
    id: job.id,
    token: job.token,
    states: job.states,
    updates: job.updates,
    finals: job.finals,
    artifacts: job.artifacts,
    patches: job.patches,
    done: until(() => job.ended),
    get state() {
      return stateOf(job);
    },
    get session() {
      return job.session;
    },
    get trace() {
      return traceOf(job).toString();
    },
    get traceBytes() {
      return traceOf(job);
    },
    get checksumFits() {
      return job.checksumFits;
    },
    get status() {
      return stateOf(job);
    },
    set status(next) {
      enter(job, next);
    },
    printed: (text) => until(() => traceOf(job).includes(text)),
    reached: (state) => until(() => job.states.includes(state)),
    cancel: () => enter(job, isAlive(job) && job.graceful ? 'canceling' : 'canceled'),
    cutTrace(bytes) {
      job.trace = [traceOf(job).subarray(0, Math.max(0, job.size - bytes))];
      job.size = job.trace[0]?.length ?? 0;
    },
    asDependency() {
      const archive = job.artifacts.find(({ type }) => type === 'archive');
      if (archive === undefined) throw new Error(`job ${job.id} has no archive`);
      const artifacts_file = { filename: archive.filename, size: archive.body.length };
      return { id: job.id, name: job.name, artifacts_file };
    },
  };
}
