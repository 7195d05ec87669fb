import { HarrierError, messageOf } from '../../src-shared/errors.ts';

/** Why no answer came. */
export interface WireError {
  readonly kind: 'unreachable' | 'tls' | 'aborted' | 'timeout';
  readonly message: string;
  /** Of OpenSSL or the system, where there is one. */
  readonly code?: string;
}

/** Given as the reason of an abort when a call ran out of time. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Certificate and handshake troubles, by the codes of OpenSSL and Node. */
const tlsCode =
  /^(CERT_|CRL_|ERR_TLS|ERR_SSL|ERR_OSSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|EPROTO)/;

/** What the commonest codes mean; the rest speaks for itself. */
const words: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'the server’s certificate comes from an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the server’s certificate comes from an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server does not show the whole chain of its certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the server signed its certificate itself, and this machine does not know it',
  CERT_HAS_EXPIRED: 'the server’s certificate has expired',
  CERT_NOT_YET_VALID: 'the server’s certificate is not valid yet: check the clock of this machine',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS at this port: is the address http:// instead?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS at this port: is the address http:// instead?',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server asks for a client certificate (tls-cert-file, tls-key-file)',
  ENOTFOUND: 'the name of the server is not known',
  EAI_AGAIN: 'the name of the server cannot be looked up at present',
  ECONNREFUSED: 'nobody listens at this address',
  UND_ERR_SOCKET: 'the server closed the connection',
};

/** What happened on the wire, in words: the innermost cause says most. */
export function describeWireError(error: unknown, signal: AbortSignal | undefined): WireError {
  if (signal?.aborted) return { kind: 'aborted', message: 'the request was taken back' };
  if (error instanceof HarrierError) return { kind: 'unreachable', message: error.message };
  const { code, message } = innermost(error);
  if (error instanceof OutOfTime || /^UND_ERR_\w*TIMEOUT$/.test(code) || code === 'ETIMEDOUT')
    return { kind: 'timeout', message: 'the server did not answer in time' };
  const said = words[code];
  const isTls = tlsCode.test(code) || /certificate|SSL routines|\bssl3_/.test(message);
  return {
    kind: isTls ? 'tls' : 'unreachable',
    message: said !== undefined ? `${said} (${oneLine(message)})` : oneLine(message),
    ...(code !== '' ? { code } : {}),
  };
}

/**
 * A kept connection that the server closed in the very moment of its next use: nothing was answered on it this time,
 * so the same request may go out once more on a fresh one (Go's transport does the same).
 */
export function wasStale(error: unknown): boolean {
  const { code, socket } = error as { code?: unknown; socket?: { bytesRead?: unknown } };
  if (code === 'UND_ERR_SOCKET') return typeof socket?.bytesRead === 'number' && socket.bytesRead > 0;
  return false;
}

function innermost(error: unknown): { code: string; message: string } {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0];
  const code = current instanceof Error && 'code' in current && typeof current.code === 'string' ? current.code : '';
  return { code, message: messageOf(current) };
}

/** OpenSSL's messages come with thread numbers and source lines. */
const oneLine = (message: string): string =>
  message
    .replace(/^[0-9A-F]{8,}:error:[0-9A-F]*:/i, '')
    .replace(/:[^:\s]*\.c:\d+:.*$/s, '')
    .replace(/\s+/g, ' ')
    .trim();
