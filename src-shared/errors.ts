/**
 * Every way Harrier fails on purpose: a stable code, and what the reader can do next.
 * The UI, the command line and docs/errors.md are made from this table.
 */
export const hints = {
  CONFIG_INVALID:
    'Open Configuration, or the file in an editor, and correct the line named; the file on disk is unchanged.',
  CONFIG_NOT_FOUND: 'Check the path, or run `harrier register` to create the file.',
  CONFIG_CONFLICT: 'Another program changed the file. Reload it and make the change again.',
  CONFIG_WRITE_FAILED: 'Check that the folder exists, is writable and has free space. The old file is unchanged.',
  ENGINE_RUNNING: 'Use the engine that runs already, or stop it first with `harrier stop`.',
  ENGINE_NOT_RUNNING: 'Start it with `harrier run` or from the app.',
  RUNNER_UNKNOWN: 'List the runners with `harrier list`.',
  TOKEN_REFUSED: 'Create a new runner on GitLab and paste its token here.',
  TOKEN_KIND: 'Paste an authentication token; it starts with glrt-.',
  SERVER_UNREACHABLE: 'Check the address, the network and the proxy, then try again.',
  SERVER_NOT_GITLAB: 'Leave out the path after the host, and check the address in a browser.',
  SERVER_TLS: 'Add your authority’s certificate with tls-ca-file.',
  SERVER_ERROR: 'The server had a problem. Try again later.',
  PAYLOAD_INVALID: 'The server sent a job that this version does not understand. Update Harrier or report the job.',
  EXECUTOR_UNKNOWN: 'Choose one of the executors that `harrier executors` lists.',
  EXECUTOR_UNSUPPORTED: 'See docs/limits.md for what is not there yet.',
  EXECUTOR_PREPARE: 'Read the cause, and check the tools of this executor with `harrier doctor`.',
  SHELL_NOT_FOUND: 'Install the shell, or set another one with `shell` in config.toml.',
  ARCHIVE_INVALID: 'The archive is damaged or hostile; nothing outside the work tree was written.',
  ARCHIVE_LIMIT: 'The archive is larger than the limit allows.',
  ARCHIVE_SOURCE: 'A file could not be read while it was archived. Check that nothing changes it meanwhile.',
  ARCHIVE_TARGET: 'A file could not be written. Check the permissions of the folder.',
  CACHE_UNAVAILABLE: 'The job goes on without the cache. Check the cache section of config.toml.',
  SPOOL_FAILED: 'Free disk space in the data folder; the job’s log could not be kept.',
  PIPELINE_NOT_GIT: 'Run `git init` and commit once, or choose another folder.',
  PIPELINE_NO_YAML: 'Create a .gitlab-ci.yml in the root of the repository.',
  PIPELINE_INVALID: 'Correct the line that is named; nothing was run.',
  PIPELINE_UNSUPPORTED: 'This keyword is not supported locally yet; see docs/limits.md.',
  PIPELINE_JOB_UNKNOWN: 'List the jobs with `harrier exec --list`.',
  DISK_FULL: 'Free some disk space; no new job is taken below the floor.',
  PORT_IN_USE: 'Another program uses this port. Choose another one.',
  INPUT_INVALID: 'Correct the value that is named.',
  TERMINAL_UNAVAILABLE: 'A terminal opens while a job runs, and in the kept environment of a failed one.',
  TERMINAL_GONE: 'Open another one from the page of the job.',
  KEPT_GONE: 'Run the job again; set a longer keep_failed for its runner to have more time.',
  TERMINAL_LIMIT: 'Close a terminal first.',
  EDITOR_NOT_FOUND: 'Name your editor with `editor` under [harrier] in config.toml.',
  FILE_UNKNOWN: 'The file may have been moved or made by the job itself; look for it in the folder of the pipeline.',
  NOT_SUPPORTED: 'See docs/limits.md.',
  INTERNAL: 'This is a bug in Harrier. The application log has the details.',
} as const;

export type ErrorCode = keyof typeof hints;

/** A failure that a person can act on. The message says what happened to which thing; secrets never stand in it. */
export class HarrierError extends Error {
  override readonly name = 'HarrierError';
  readonly code: ErrorCode;
  readonly hint: string;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { hint?: string }) {
    super(message, options);
    this.code = code;
    this.hint = options?.hint ?? hints[code];
  }
}

/** The text of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whatever was thrown, as an error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Makes a switch over a closed set complete at compile time. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
