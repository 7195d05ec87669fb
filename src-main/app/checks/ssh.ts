import { connect } from 'node:net';
import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { messageOf } from '../../../src-shared/errors.ts';
import type { MachineCheck } from '../../../src-shared/runner-calls.ts';
import { ConnectFailed, lookAtHost } from '../../executors/ssh/index.ts';
import { type Env, type ExecutorCheck, failed, ok, type Settings, textIn, warning } from './tools.ts';

const answerWithinMs = 10_000;

/** An SSH server that answers at the host, a sign-in as a job makes it, and the programs that jobs need there. */
export const checkSsh: ExecutorCheck = async (settings, env) => {
  const host = textIn(settings, 'ssh', 'host');
  const port = Number(textIn(settings, 'ssh', 'port') || '22');
  if (host === '') return [];
  const banner = await greetingOf(host, port);
  if (banner.startsWith('SSH-'))
    return [ok('host', `${host}:${port} answers (${banner})`), ...(await checkLogin(settings, env))];
  return [
    failed(
      'host',
      banner === '' ? `${host}:${port} does not answer` : `${host}:${port} answers, but not as an SSH server`,
      'Check host and port, and that this machine may reach it.',
    ),
  ];
};

const checkLogin = async (settings: Settings, env: Env): Promise<readonly MachineCheck[]> => {
  try {
    const { place, missing } = await lookAtHost(settings as RunnerConfig, env);
    return [
      ok('login', `${place} lets jobs in`),
      missing.length === 0
        ? ok('programs', 'the programs that jobs need are there')
        : warning('programs', `${missing.join(', ')} not found there`, 'Install what is missing on the host.'),
    ];
  } catch (error) {
    return [failed('login', messageOf(error), hints[error instanceof ConnectFailed ? error.kind : 'unreachable'])];
  }
};

const hints: Readonly<Record<ConnectFailed['kind'], string>> = {
  unreachable: 'Check the host’s SSH server and try again.',
  hostKey: 'Compare the key with the host’s, then put it into the known_hosts file (ssh-keyscan shows it).',
  login: 'Check user, password and key, and that the host takes them (authorized_keys).',
  settings: 'Correct the file that is named.',
};

/** The first line that a server says; empty when none comes. */
const greetingOf = (host: string, port: number): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : 22 });
    const end = (): void => {
      socket.destroy();
      resolve(text.split(/\r?\n/)[0]?.slice(0, 100) ?? '');
    };
    socket.setTimeout(answerWithinMs, end);
    socket.on('error', end).on('end', end);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\n') || text.length > 1000) end();
    });
  });
