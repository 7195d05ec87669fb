/**
 * The script writer: stages are written once against this, each shell renders it (style.md 3). No stage knows bash.
 * Text arguments are data: the writer quotes them. `Path` arguments may begin with a variable of the environment.
 */
export interface ScriptWriter {
  /** export KEY=value; a file variable writes its file first and exports the path. */
  variable(key: string, value: string): void;
  fileVariable(key: string, value: string, path: string): void;
  /** Reads KEY=VALUE lines of the GITLAB_ENV file and exports them; creates it when missing. */
  sourceEnvironmentFile(path: string): void;
  /** Runs a program; its failure ends the script with its code. */
  command(name: string, ...args: readonly string[]): void;
  /** The same with extra environment for this command only. */
  commandWith(environment: Readonly<Record<string, string>>, name: string, ...args: readonly string[]): void;
  /** Runs it, output hidden, and branches on success. */
  ifCommand(name: string, args: readonly string[], then: () => void, otherwise?: () => void): void;
  /** The same with output shown. */
  ifCommandOutput(name: string, args: readonly string[], then: () => void, otherwise?: () => void): void;
  ifFile(path: string, then: () => void, otherwise?: () => void): void;
  ifDirectory(path: string, then: () => void, otherwise?: () => void): void;
  changeDirectory(path: string): void;
  makeDirectory(path: string): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  /** Removes files with one of these base names below `path`. */
  removeFilesNamed(path: string, names: readonly string[]): void;
  writeFile(path: string, content: string, mode?: number): void;
  /** Lines of the user, verbatim, after their echo. */
  line(text: string): void;
  /** BOLD_GREEN text. */
  notice(text: string): void;
  /** YELLOW text. */
  warning(text: string): void;
  plain(text: string): void;
  emptyLine(): void;
  /** A raw line of this shell; only for what no other method says. */
  raw(text: string): void;
  /** The whole script, ready for `Environment.run`. */
  finish(options: { readonly trace: boolean }): string;
}

export interface Shell {
  readonly name: 'bash' | 'sh' | 'pwsh' | 'powershell';
  /** How it is started on this machine with the script on stdin or in a file. */
  readonly command: readonly string[];
  readonly lineEnd: '\n' | '\r\n';
  createWriter(options: ShellOptions): ScriptWriter;
}
export interface ShellOptions {
  /** FF_POSIXLY_CORRECT_ESCAPES */
  readonly posixEscapes: boolean;
  /** FF_ENABLE_BASH_EXIT_CODE_CHECK */
  readonly exitCodeCheck: boolean;
  /** FF_USE_LEGACY_BASH_EVAL */
  readonly legacyEval: boolean;
}
