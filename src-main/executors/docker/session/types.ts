import type { ScriptSession } from '../../posix/keeper-session.ts';

/** One container in which scripts run. `close` ends the connection; the container is not touched. */
export interface Session extends ScriptSession {
  readonly containerId: string;
}
