/** What the command line hands over; the names are those of the official flags. */
export interface RunFlags {
  readonly config: string;
  readonly workingDirectory?: string;
  /** As whom shell jobs run. */
  readonly user?: string;
  readonly debug?: boolean;
  readonly logLevel?: string;
  readonly logFormat?: string;
  /** What the command line has to say: flags without effect here. */
  readonly notices?: readonly string[];
}
export interface ExecFlags {
  readonly cwd?: string;
  readonly list: boolean;
  readonly jobs: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly concurrent?: number;
  readonly debug?: boolean;
}
export interface ServeFlags {
  /** Absent: the one that was chosen before, else the default one. */
  readonly config?: string;
  readonly port?: number;
  readonly workingDirectory?: string;
  readonly debug?: boolean;
}
