import type { SendAnswer, UpdateAnswer } from '../base/answers.ts';
import { parseJson } from '../base/json.ts';
import { type Reply, retryAfterSeconds } from './http.ts';

const mediaType = (reply: Reply): string =>
  (reply.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** A JSON body, only under the status and the media type that say so; undefined otherwise (spec/coordinator-api.md 0.3). */
export function jsonOf(reply: Reply, status: number): unknown {
  if (reply.status !== status || mediaType(reply) !== 'application/json') return undefined;
  return parseJson(reply.text);
}

/** A web page in place of an answer: a captive portal or a proxy says what it likes to everything. */
export const isPage = (reply: Reply): boolean => mediaType(reply) === 'text/html';

/** What the server said in words: its `message`, or the status. Never a whole page. */
export function messageFrom(reply: Reply): string {
  if (reply.error !== undefined) return reply.error.message;
  const { status } = reply;
  if (status === 407) return '407: the proxy asks for a login: put user and password into its address';
  const said = saidIn(reply.text);
  // GitLab's own words often begin with the number.
  if (said !== undefined && status >= 300) return said.startsWith(`${status}`) ? said : `${status}: ${said}`;
  const isHtml = isPage(reply) || /^\s*</.test(reply.text);
  if (isHtml) return `HTTP status ${status} (a web page, not GitLab’s API)`;
  if (status >= 200 && status < 300 && status !== 204)
    return `HTTP status ${status} (${reply.text.trim() === '' ? 'an empty answer' : 'not the answer that GitLab’s API gives'})`;
  return `HTTP status ${status}`;
}

/** `{"message": "text"}`, `{"message": {"field": ["a", "b"]}}` (as `field: a; b`), `{"error": "text"}`, or OAuth's description. */
function saidIn(text: string): string | undefined {
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null) return undefined;
  const { message, error, error_description: described } = body as Record<string, unknown>;
  if (typeof described === 'string') return shorten(described);
  if (typeof message === 'string') return shorten(message);
  if (typeof message === 'object' && message !== null)
    return shorten(
      Object.entries(message)
        .map(([field, problems]) => `${field}: ${Array.isArray(problems) ? problems.join('; ') : String(problems)}`)
        .join(', '),
    );
  return typeof error === 'string' ? shorten(error) : undefined;
}

/** A sentence for a log line or a form, whatever the server sent. */
const shorten = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
};

const stateOf = (reply: Reply): string => reply.headers['job-status'] ?? '';
const isOver = (reply: Reply): boolean =>
  !isPage(reply) && (['canceled', 'failed'].includes(stateOf(reply)) || reply.status === 403);

const common = (reply: Reply, nowMs: number): Omit<SendAnswer, 'kind'> => {
  const interval = reply.headers['x-gitlab-trace-update-interval'];
  const seconds = interval !== undefined && /^\+?\d+$/.test(interval) ? Number(interval) : 0;
  const wait = retryAfterSeconds(reply.headers, nowMs);
  return {
    ...(seconds > 0 ? { intervalSeconds: seconds } : {}),
    ...(stateOf(reply) === 'canceling' ? { canceling: true } : {}),
    ...(wait !== undefined ? { retryAfterSeconds: wait } : {}),
  };
};
const failed = (reply: Reply, rest: Omit<SendAnswer, 'kind'>): SendAnswer & { kind: 'failed' } => ({
  kind: 'failed',
  ...rest,
  message: messageFrom(reply),
});

/** PATCH trace, in the order of 3.2. */
export function sendAnswer(reply: Reply, nowMs: number): SendAnswer {
  const rest = common(reply, nowMs);
  if (isOver(reply)) return { kind: 'abort', ...(reply.status === 202 ? { stored: true } : {}), ...rest };
  if (isPage(reply)) return failed(reply, rest);
  if (reply.status === 202) return { kind: 'accepted', ...rest };
  if (reply.status === 404) return { kind: 'notFound', ...rest };
  if (reply.status === 416) {
    const end = /^[^-]*-(\d{1,15})$/.exec(reply.headers['range'] ?? '')?.[1];
    return { kind: 'range', offset: end !== undefined ? Number(end) : 0, ...rest };
  }
  return failed(reply, rest);
}

/**
 * PUT job, in the order of 4.3. GitLab answers a final `failed` with 200 and `Job-Status: failed`: that is the state
 * that was `sent`, and no abort. So is a 403 with it: the answer to an earlier try was lost.
 */
export function updateAnswer(reply: Reply, nowMs: number, sent: string): UpdateAnswer {
  const rest = common(reply, nowMs);
  const isRepeated = reply.status === 403 && (sent === 'success' || sent === 'failed');
  if ((reply.status === 200 || isRepeated) && stateOf(reply) === sent && !isPage(reply)) return { kind: 'ok', ...rest };
  if (isOver(reply)) return { kind: 'abort', ...rest };
  if (isPage(reply)) return failed(reply, rest);
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
      return failed(reply, rest);
  }
}
