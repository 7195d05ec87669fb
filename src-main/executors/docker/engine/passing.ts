import type { EngineError } from './types.ts';

/** What an engine says of things that may be over in a moment. */
const passing = [
  /already in (?:use|progress)/i,
  /resource (?:busy|temporarily unavailable)/i,
  /cannot allocate memory/i,
  /time(?:d )?out|deadline exceeded/i,
  /connection (?:refused|reset)|no such host|TLS handshake|unexpected EOF/i,
  /non-overlapping IPv4 address pool/i,
  /shutting down|daemon is not running|context canceled/i,
];

/** Whether another try may end better: nobody answered, or what was said passes. A refusal (gpus, rights) stays one. */
export const mayPass = (error: EngineError): boolean =>
  error.status === undefined || error.status === 409 || passing.some((words) => words.test(error.message));
