import { spawn } from 'node:child_process';
import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Duplex } from 'node:stream';
import { spawned } from '../../../base/process.ts';
import type { Endpoint } from './types.ts';

const keepAlive: AgentOptions = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

/** Connections to one engine; idle ones are kept for the next request and keep no process alive. */
export function createAgent(endpoint: Endpoint): HttpAgent {
  if (endpoint.kind === 'ssh') return createSshAgent(endpoint);
  if (endpoint.kind === 'tcp' && endpoint.tls !== undefined)
    return new HttpsAgent({ ...keepAlive, minVersion: 'TLSv1.2', rejectUnauthorized: endpoint.tls.verify });
  return new HttpAgent(keepAlive);
}

/**
 * Each connection is one `ssh … docker system dial-stdio`, as the docker command line does it: the person's own ssh
 * configuration, agent and known hosts count, and no key or password passes through here.
 */
function createSshAgent(endpoint: { readonly target: string; readonly port?: number }): HttpAgent {
  const agent = new HttpAgent(keepAlive);
  const port = endpoint.port === undefined ? [] : ['-p', String(endpoint.port)];
  const create = (): Duplex =>
    childStream('ssh', [
      '-T',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=30',
      ...port,
      '--',
      endpoint.target,
      'docker',
      'system',
      'dial-stdio',
    ]);
  return Object.assign(agent, { createConnection: create });
}

/** stdin and stdout of a program as one connection; what it says on stderr becomes the error when it fails. */
function childStream(program: string, args: readonly string[]): Duplex {
  const child = spawned(spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true }));
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-500);
  });
  const stream = new Duplex({
    read: () => child.stdout.resume(),
    write: (data: Buffer, _encoding, done) => child.stdin.write(data, () => done()),
    final: (done) => child.stdin.end(() => done()),
    destroy(error, done) {
      child.kill();
      done(error);
    },
  });
  child.stdout.on('data', (data: Buffer) => {
    if (!stream.push(data)) child.stdout.pause();
  });
  // A program that fails closes its stdin first; why it failed is known only when it has ended.
  child.stdin.on('error', () => {});
  child.on('error', (error) => stream.destroy(error));
  child.on('close', (code) => {
    if (code === 0 || code === null) stream.push(null);
    else stream.destroy(new Error(`${program}: ${said.trim() || `exit code ${code}`}`));
  });
  // What http.Agent asks of a socket; a pipe has nothing of the kind.
  return Object.assign(stream, {
    setKeepAlive: () => stream,
    setNoDelay: () => stream,
    setTimeout: () => stream,
    ref: () => stream,
    unref: () => stream,
  });
}
