import type { IncomingMessage, ServerResponse } from 'node:http';

const largestJson = 4 * 1024 * 1024;

/** A JSON answer; GitLab's clients take none without this type. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export const forbidden = (response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void =>
  sendJson(response, 403, { message: '403 Forbidden' }, headers);

/** The members of a JSON object; undefined when the body is none or too large. */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestJson) return undefined;
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}
