import type { SendAnswer, UpdateAnswer } from '../base/answers.ts';
import { type Reply, retryAfterSeconds } from './http.ts';

/** A JSON body, only under the status and the media type that say so; undefined otherwise (spec/coordinator-api.md 0.3). */
export function jsonOf(reply: Reply, status: number): unknown {
  const type = (reply.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (reply.status !== status || type !== 'application/json') return undefined;
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}

/** What the server said in words: its `message`, or the status. Never a whole HTML page. */
export function messageFrom(reply: Reply): string {
  if (reply.error !== undefined) return reply.error.message;
  const said = saidIn(reply.text);
  const page = /^\s*</.test(reply.text) ? ' (a web page, not GitLab’s API)' : '';
  return said !== undefined ? `${reply.status}: ${said}` : `HTTP status ${reply.status}${page}`;
}

function saidIn(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const { message, error } = body as { message?: unknown; error?: unknown };
  if (typeof message === 'string') return message;
  if (typeof message === 'object' && message !== null)
    return Object.entries(message)
      .map(([field, problems]) => `${field}: ${Array.isArray(problems) ? problems.join('; ') : String(problems)}`)
      .join(', ');
  return typeof error === 'string' ? error : undefined;
}

const stateOf = (reply: Reply): string => reply.headers['job-status'] ?? '';
/** A web page in place of an answer: a captive portal or a proxy says 200 to everything. */
const isPage = (reply: Reply): boolean => /^text\/html\b/i.test(reply.headers['content-type'] ?? '');
const isOver = (reply: Reply): boolean =>
  !isPage(reply) && (['canceled', 'failed'].includes(stateOf(reply)) || reply.status === 403);

const common = (reply: Reply, nowMs: number): Omit<SendAnswer, 'kind'> => {
  const interval = reply.headers['x-gitlab-trace-update-interval'];
  const seconds = interval !== undefined && /^\d+$/.test(interval) ? Number(interval) : 0;
  const wait = retryAfterSeconds(reply.headers, nowMs);
  return {
    ...(seconds > 0 ? { intervalSeconds: seconds } : {}),
    ...(stateOf(reply) === 'canceling' ? { canceling: true } : {}),
    ...(wait !== undefined ? { retryAfterSeconds: wait } : {}),
  };
};

/** PATCH trace, in the order of 3.2. */
export function sendAnswer(reply: Reply, nowMs: number): SendAnswer {
  const rest = common(reply, nowMs);
  if (isOver(reply)) return { kind: 'abort', ...rest };
  if (isPage(reply)) return { kind: 'failed', ...rest };
  if (reply.status === 202) return { kind: 'accepted', ...rest };
  if (reply.status === 404) return { kind: 'notFound', ...rest };
  if (reply.status === 416) {
    const end = /^\d+-(\d+)$/.exec(reply.headers['range'] ?? '')?.[1];
    return { kind: 'range', offset: end !== undefined ? Number(end) : 0, ...rest };
  }
  return { kind: 'failed', ...rest };
}

/** PUT job, in the order of 4.3. */
export function updateAnswer(reply: Reply, nowMs: number): UpdateAnswer {
  const rest = common(reply, nowMs);
  if (isOver(reply)) return { kind: 'abort', ...rest };
  if (isPage(reply)) return { kind: 'failed', ...rest };
  switch (reply.status) {
    case 200:
      return { kind: 'ok', ...rest };
    case 202:
      return { kind: 'accepted', ...rest };
    case 412:
      return { kind: 'invalidTrace', ...rest };
    case 404:
      return { kind: 'notFound', ...rest };
    default:
      return { kind: 'failed', ...rest };
  }
}
