import type { Terminal, TerminalOptions } from '../base/terminal.ts';

/** What GitLab is told with the request for a job, so that it can reach the job's terminal later. */
export interface SessionInfo {
  readonly url: string;
  readonly certificate: string;
  readonly authorization: string;
}

/** GitLab's web terminal of one job. */
export interface WebSession {
  readonly info: SessionInfo;
  /** The place where the terminal opens is there. */
  offer(open: (size: TerminalOptions) => Promise<Terminal>): void;
  /** Somebody is connected. */
  readonly connected: boolean;
  /** Settles when nobody is. */
  disconnected(): Promise<void>;
  /** How long a connected terminal may hold a job that is over, in ms. */
  readonly timeoutMs: number;
  /** Nobody can connect any more; who is connected is cut off. */
  close(): void;
}
