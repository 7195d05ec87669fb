/**
 * The script writer: stages are written once against this, each shell renders it (style.md 3). No stage knows bash.
 * Text arguments are data: the writer quotes them. Paths that are not absolute count from the folder in which the
 * shell was started (`$PWD` at the beginning of the script), so that they survive a later `cd`.
 */
export interface ScriptWriter {
  /** export KEY=value. A name that no shell can export ends the script with a sentence that names it. */
  variable(key: string, value: string, options?: { readonly machinery: boolean }): void;
  /**
   * Writes the file first (no newline added) and exports its path. `write: false` only exports. `machinery`: it is none of
   * the job's, so that a trace does not show it.
   */
  fileVariable(
    key: string,
    value: string,
    path: string,
    options?: { readonly write: boolean; readonly machinery?: boolean },
  ): void;
  /** Reads KEY=VALUE lines of the GITLAB_ENV file and exports them; creates it when missing. */
  sourceEnvironmentFile(path: string): void;
  /** Runs a program; its failure ends the script with its code. */
  command(name: string, ...args: readonly Argument[]): void;
  /** The same with extra environment for this command only. */
  commandWith(environment: Readonly<Record<string, string>>, name: string, ...args: readonly Argument[]): void;
  /** Runs it without its output; a failure is passed over. */
  tryCommand(name: string, ...args: readonly Argument[]): void;
  /** Runs it, output hidden, and branches on success. */
  ifCommand(name: string, args: readonly Argument[], then: () => void, otherwise?: () => void): void;
  /** The same with output shown. */
  ifCommandOutput(name: string, args: readonly Argument[], then: () => void, otherwise?: () => void): void;
  ifFile(path: string, then: () => void, otherwise?: () => void): void;
  ifDirectory(path: string, then: () => void, otherwise?: () => void): void;
  /** Whether this text file holds each of these pieces; a missing file holds none. No process is started. */
  ifFileHas(path: string, pieces: readonly Text[], then: () => void, otherwise?: () => void): void;
  /** Whether `git <name>` is an extension that is installed (`lfs`). */
  ifGitExtension(name: string, then: () => void, otherwise?: () => void): void;
  /** Runs it and branches on whether it printed anything; its failure counts as nothing printed. */
  ifOutput(name: string, args: readonly Argument[], then: () => void, otherwise?: () => void): void;
  /** Whether `git version` is at least this one. */
  ifGitVersion(major: number, minor: number, then: () => void, otherwise?: () => void): void;
  /** Remembers something for the rest of this script; names are plain words. */
  setFlag(name: string): void;
  ifFlag(name: string, then: () => void, otherwise?: () => void): void;
  /** As the first thing of an `otherwise` of `ifCommand…`: remembers the exit code that led there. */
  keepExit(): void;
  /** Ends the script with the code of `keepExit`. */
  exitKept(): void;
  changeDirectory(path: string): void;
  /** With its parents, when it is missing. `private`: a new one opens for its owner only (parents as usual). */
  makeDirectory(path: string, options?: { readonly private?: boolean }): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  /** Removes files and folders, those that exist; with one process at most. */
  removeAll(paths: readonly string[]): void;
  /** Removes a symbolic link; anything else stays. What a link points to is never touched. */
  removeLink(path: string): void;
  /** Removes files below `path` whose base name is one of `names` or fits one of the `*.x` patterns. */
  removeFilesNamed(path: string, names: readonly string[]): void;
  /** `private`: readable by its owner only. */
  writeFile(path: string, content: Text, options?: { readonly private?: boolean }): void;
  /** Several at once: a link in the place of one is replaced, what cannot be written is removed first. */
  writeFiles(
    files: readonly { readonly path: string; readonly content: Text }[],
    options?: { readonly private?: boolean },
  ): void;
  /** Runs it with this text as stdin, without its output; a failure is passed over. */
  tryCommandWithInput(input: string, name: string, ...args: readonly Argument[]): void;
  /** A line of the user, verbatim. */
  line(text: string): void;
  /** What is printed between these markers belongs to a log section that is folded at first; `header` without colours. */
  sectionStart(name: string, header: string): void;
  sectionEnd(name: string): void;
  /** BOLD_GREEN text. */
  notice(text: string): void;
  /** YELLOW text. */
  warning(text: string): void;
  plain(text: string): void;
  /** The text alone, without colours. */
  print(text: string): void;
  /** `text` followed by the name of the machine, `...` and what stands in `suffix`. */
  hostLine(text: string, suffix: string): void;
  emptyLine(): void;
  /** If `marker` exists, `folder` with all in it is given to the owner of `marker`. Nothing on PowerShell. */
  giveToOwnerOf(marker: string, folder: string): void;
  /** Ends the script. */
  exit(code: number): void;
  /** A raw line of this shell; only for what no other method says. */
  raw(text: string): void;
  /** The whole script, ready for `Environment.run`. */
  finish(): string;
}
/** Text as it is, or a path of the environment (made absolute), `prefix` right before it. */
export type Argument = string | { readonly path: string; readonly prefix?: string };
/** Text, or pieces that are put together without anything between them. */
export type Text = string | readonly Argument[];

export interface Shell {
  readonly name: 'bash' | 'sh' | 'pwsh' | 'powershell';
  /** How it is started with the script on stdin; `login` reads the profile of the user (bash and sh only). */
  command(options: { readonly login: boolean }): readonly string[];
  /** How it is started with the script in this file. */
  fileCommand(path: string): readonly string[];
  readonly lineEnd: '\n' | '\r\n';
  createWriter(options: ShellOptions): ScriptWriter;
}
export interface ShellOptions {
  /** FF_POSIXLY_CORRECT_ESCAPES; ours are always POSIX. */
  readonly posixEscapes: boolean;
  /** FF_ENABLE_BASH_EXIT_CODE_CHECK */
  readonly exitCodeCheck: boolean;
  /** FF_USE_LEGACY_BASH_EVAL */
  readonly legacyEval: boolean;
  /** CI_DEBUG_TRACE: the script shows each of its commands, those of Harrier's machinery aside. */
  readonly trace?: boolean;
  /** Values that begin with this path are made absolute when it is not: what lies in the project or in `<project>.tmp`. */
  readonly relativeFolder?: string;
  /** FF_DISABLE_POWERSHELL_STDIN: the script travels as a file. */
  readonly asFile?: boolean;
  /** FF_USE_POWERSHELL_PATH_RESOLVER: PowerShell keeps `/` in paths and resolves them when it runs. */
  readonly pathResolver?: boolean;
}
