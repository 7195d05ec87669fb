import type { Exit, RunOptions } from '../../types.ts';

/** One container in which scripts run, one after another. */
export interface Session {
  readonly containerId: string;
  /** A non-zero exit is an answer; throws SessionEnded when the container was gone before the script's end. */
  run(script: string, options: SessionRun): Promise<Exit>;
  /** The container runs on without us for so long, then ends by itself. The connection is of no more use. */
  hold(seconds: number): Promise<void>;
  /** Ends the connection; the container is not touched. */
  close(): void;
}
export interface SessionRun extends Pick<RunOptions, 'signal' | 'onOutput'> {
  /** Processes that the script left behind end with it, as they do when a container stops between stages. */
  readonly endStrays: boolean;
}

/** The container stopped, was killed or was removed while a script ran in it. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}
