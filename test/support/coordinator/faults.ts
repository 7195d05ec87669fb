import { type Answer, type Incoming, json } from './answer.ts';
import type { Fault } from './types.ts';

/** The fault that meets this request, counted. */
export function takeFault(faults: readonly Fault[], method: string, path: string): Fault | undefined {
  const found = faults.find((fault) => fault.times > 0 && fault.method === method && path.includes(fault.path));
  if (found !== undefined) found.times -= 1;
  return found;
}

/**
 * What a request gets under a fault; `cut`: the connection breaks instead, `undefined`: nothing ever comes.
 * `work` is what would happen otherwise, `again` a job that was handed out before.
 */
export async function answerFault(
  fault: Omit<Fault, 'method' | 'path' | 'times'>,
  incoming: Incoming,
  { work, again }: { readonly work: () => Promise<Answer>; readonly again: () => Answer | undefined },
): Promise<Answer | 'cut' | undefined> {
  if (fault.delayMs !== undefined)
    await Promise.race([new Promise((resolve) => setTimeout(resolve, fault.delayMs)), incoming.gone]);
  const { headers } = fault;
  switch (fault.answer) {
    case 'hang':
      return undefined;
    case 'cut':
      return 'cut';
    case 'lost':
      await work();
      return 'cut';
    case 'torn':
      return torn(await work());
    case 'twice':
      await work();
      return work();
    case 'again':
      return again() ?? work();
    case 'range':
      return {
        status: 416,
        headers: { range: `0-${Number(incoming.headers['content-range']?.split('-')[0]) + 7}`, ...headers },
      };
    case 'none':
      return work();
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html', ...headers }, body: '<html>Sign in first</html>' };
    case 'badJson':
      return { status: 201, headers: { 'content-type': 'application/json', ...headers }, body: '{"id": 1,' };
    case 'empty':
      return { status: 201, headers: { 'content-type': 'application/json', ...headers }, body: '' };
    default:
      return json(fault.answer, { message: `${fault.answer} injected` }, headers ?? {});
  }
}

const torn = ({ status, headers, body = '' }: Answer): Answer => {
  const bytes = Buffer.from(body);
  return {
    status,
    headers: { ...headers, 'content-length': String(bytes.length + 1) },
    body: bytes.subarray(0, bytes.length / 2),
    torn: true,
  };
};
