/** How large a terminal is, in characters. */
export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
}

/** An interactive shell for a person, in whatever place a job has. */
export interface Terminal {
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Once; nothing comes after it. */
  onExit(listener: () => void): void;
  write(data: Uint8Array | string): void;
  resize(columns: number, rows: number): void;
  /** Stops reading: what is printed waits where it is, and at last the program waits too. Nothing is lost. */
  pause(): void;
  resume(): void;
  /** Hangs up. Safe twice. */
  close(): void;
}
