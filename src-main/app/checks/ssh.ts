import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { type ExecutorCheck, failed, ok, textIn } from './tools.ts';

const answerWithinMs = 10_000;

/** An SSH server that answers at the host, and a key file that can be read. Nobody signs in. */
export const checkSsh: ExecutorCheck = async (settings) => {
  const host = textIn(settings, 'ssh', 'host');
  const port = Number(textIn(settings, 'ssh', 'port') || '22');
  const key = textIn(settings, 'ssh', 'identity_file').replace(/^~(?=[/\\])/, homedir());
  if (host === '') return [];
  const banner = await greetingOf(host, port);
  const keyCheck =
    key === ''
      ? []
      : await access(key, constants.R_OK).then(
          () => [ok('key', `the key file ${key} can be read`)],
          () => [failed('key', `the key file ${key} cannot be read`, 'Type the path of a private key of yours.')],
        );
  return [
    banner.startsWith('SSH-')
      ? ok('host', `${host}:${port} answers (${banner})`)
      : failed(
          'host',
          banner === '' ? `${host}:${port} does not answer` : `${host}:${port} answers, but not as an SSH server`,
          'Check host and port, and that this machine may reach it.',
        ),
    ...keyCheck,
  ];
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
