/**
 * What the runner itself says in a job's log. Bytes as in spec/job-lifecycle.md 6.1: plain, info (green), warning
 * (`WARNING: `, yellow) and error (`ERROR: `, red) lines of stream 0.
 */
export interface BuildLog {
  plain(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** Bytes as they are, without colour or newline. */
  raw(text: string): void;
}
