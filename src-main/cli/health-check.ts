import { createConnection } from 'node:net';
import { HarrierError } from '../../src-shared/errors.ts';
import { systemClock } from '../base/clock.ts';
import type { Parsed } from '../base/flags.ts';

const betweenMs = 500;

/**
 * `harrier health-check`: waits until a service takes connections, then answers 0. The address comes from the variables
 * that container links set (`…_TCP_ADDR`, `…_TCP_PORT`), the ports also from `--port`.
 */
export async function healthCheck(input: Parsed): Promise<number> {
  const host = variable(/_TCP_ADDR$/) ?? '127.0.0.1';
  const ports = input.list('port').length > 0 ? input.list('port') : variables(/_TCP_PORT$/);
  if (ports.length === 0 || !ports.every((port) => /^\d{1,5}$/.test(port)))
    throw new HarrierError('INPUT_INVALID', 'no port to wait for: use --port');
  process.stderr.write(`waiting for TCP connection to ${host} on [${ports.join(' ')}]...\n`);
  for (;;) {
    for (const port of ports) if (await connects(host, Number(port))) return 0;
    await systemClock.sleep(betweenMs);
  }
}

const variables = (name: RegExp): string[] =>
  Object.keys(process.env)
    .filter((key) => name.test(key))
    .sort()
    .map((key) => process.env[key] ?? '');
const variable = (name: RegExp): string | undefined => variables(name)[0];

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = createConnection({ host, port });
    socket.setTimeout(5000, () => socket.destroy());
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false)).once('close', () => done(false));
  });
