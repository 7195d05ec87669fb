import { createServer } from 'node:net';
import { keyAt } from '../../src-shared/config/describe.ts';
import { type KeyPath, readToml, TomlSyntaxError } from '../../src-shared/config/document.ts';
import { isTable, type TomlTable } from '../../src-shared/toml/values.ts';
import type { Clock } from '../base/clock.ts';
import type { Finding } from '../config/index.ts';
import { checkExecutor } from './checks/index.ts';

/** Executors whose checks ask this machine alone: nobody's server hears of an address that is half typed. */
const localExecutors = new Set(['shell', 'custom', 'parallels', 'virtualbox']);
const addresses: readonly KeyPath[] = [['listen_address'], ['session_server', 'listen_address']];
/** While a person types the same is asked again and again. */
const freshMs = 10_000;

/**
 * What of a text does not fit this machine: a shell or tool that is not there, a port that another program has. Advice,
 * since the file may be meant for another machine. `inForce`: the values of the file that Harrier works with, whose ports
 * are its own.
 */
export function createMachineFindings(deps: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly inForce: () => TomlTable;
}): (text: string) => Promise<readonly Finding[]> {
  const known = new Map<string, { readonly atMs: number; readonly answer: Promise<string | undefined> }>();
  const once = (key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> => {
    const now = deps.clock.monotonic();
    for (const [each, { atMs }] of known) if (now - atMs > freshMs) known.delete(each);
    const found = known.get(key);
    if (found !== undefined) return found.answer;
    const answer = ask();
    known.set(key, { atMs: now, answer });
    return answer;
  };
  const aboutRunner = (runner: TomlTable): Promise<string | undefined> => {
    const executor = String(runner['executor'] ?? '');
    if (!localExecutors.has(executor)) return Promise.resolve(undefined);
    return once(
      JSON.stringify([executor, runner['shell'], runner['custom'], runner['parallels'], runner['virtualbox']]),
      async () => {
        const found = (await checkExecutor(executor, runner, deps.env)).find(({ state }) => state === 'failed');
        return found === undefined
          ? undefined
          : [found.text, found.hint?.replace(/\.$/, '')].filter(Boolean).join('. ');
      },
    );
  };
  return async (text) => {
    const document = readable(text);
    if (document === undefined) return [];
    const { runners } = document.values;
    const entries = Array.isArray(runners) ? runners.filter(isTable) : [];
    const found = await Promise.all([
      ...entries.map(async (runner, index) => {
        const key = typeof runner['shell'] === 'string' && runner['shell'] !== '' ? 'shell' : 'executor';
        return { path: ['runners', index, key], message: await aboutRunner(runner) };
      }),
      ...addresses.map(async (path) => {
        const address = valueAt(document.values, path);
        const isOurs = address === valueAt(deps.inForce(), path);
        const isRead = keyAt(path)?.ignored === undefined;
        if (typeof address !== 'string' || address === '' || isOurs || !isRead) return { path, message: undefined };
        return { path, message: await once(address, () => portProblem(address)) };
      }),
    ]);
    return found.flatMap(({ path, message }): Finding[] => {
      if (message === undefined) return [];
      const position = document.at(path);
      return [{ level: 'advice', path, message, ...(position ? { position } : {}) }];
    });
  };
}

function readable(text: string) {
  try {
    return readToml(text);
  } catch (error) {
    if (error instanceof TomlSyntaxError) return undefined;
    throw error;
  }
}

const valueAt = (table: TomlTable, path: KeyPath): unknown =>
  path.reduce<unknown>((value, part) => (isTable(value) ? value[String(part)] : undefined), table);

/** Tries the port for a moment. What is no address is told by others. */
function portProblem(address: string): Promise<string | undefined> {
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(address) ?? [];
  const host = bracketed ?? plain ?? '';
  if (port === undefined || Number(port) > 65_535) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(reasonOf(error.code, host, port)));
    // A firewall asks a person about everything that opens a port to others: for all addresses, loopback tells as much.
    const probed = ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
    server.listen(Number(port), probed, () => server.close(() => resolve(undefined)));
  });
}

function reasonOf(code: string | undefined, host: string, port: string): string | undefined {
  if (code === 'EADDRINUSE') return `port ${port} is used by another program on this machine`;
  if (code === 'EACCES') return `port ${port} may be opened by an administrator only; take one above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `this machine has no address ${host}`;
  return undefined;
}
