import * as v from 'valibot';
import { healthSchema } from './health.ts';
import { hostCalls } from './host-calls.ts';
import { done, key, nothing, runnerCalls, runnerServerSchema } from './runner-calls.ts';
import { foundMatchesSchema, logIndexStateSchema, querySchema } from './trace/schemas.ts';

/**
 * The only contract between UI and engine: named calls (request, answer) and events, each with a schema. Input is
 * parsed on the engine's side. Two transports: Electron IPC and WebSocket. State goes as one snapshot plus patches in
 * which an absent key means unchanged; logs are pulled by range. Secrets never cross (tokens only as `tokenTail`).
 */

// ---- state -----------------------------------------------------------------

export const engineState = v.picklist(['stopped', 'idle', 'busy', 'draining', 'paused', 'trouble']);
export const runnerState = v.picklist(['stopped', 'idle', 'busy', 'draining', 'paused', 'unhealthy']);
export const jobState = v.picklist(['waiting', 'running', 'passed', 'failed', 'warning', 'canceled', 'skipped']);
export type EngineState = v.InferOutput<typeof engineState>;
export type RunnerState = v.InferOutput<typeof runnerState>;
export type JobState = v.InferOutput<typeof jobState>;

export const runnerViewSchema = v.object({
  /** Stable while the entry keeps its token: hash of url and token. */
  key: v.string(),
  name: v.string(),
  url: v.string(),
  executor: v.string(),
  shell: v.optional(v.string()),
  state: runnerState,
  /** One sentence: why no job is here, or what is wrong. */
  reason: v.optional(v.string()),
  /** What kind of trouble, where it is one. */
  trouble: v.optional(v.picklist(['refused', 'unreachable', 'held', 'config'])),
  /** Where a wrong key stands in the file. */
  line: v.optional(v.number()),
  /** GitLab keeps the runner when this machine is removed from it (`glrt-` tokens). */
  outlives: v.optional(v.boolean()),
  /** Which ends of its jobs are told. */
  notify: v.optional(v.picklist(['all', 'failures', 'none'])),
  /** Number at GitLab. */
  id: v.optional(v.number()),
  /** What GitLab holds of it, as far as that is known. */
  server: v.optional(runnerServerSchema),
  running: v.number(),
  limit: v.number(),
  tokenTail: v.string(),
  tokenExpiresAt: v.optional(v.string()),
  lastContactMs: v.optional(v.number()),
  pausedUntilMs: v.optional(v.number()),
  pausedUntilPluggedIn: v.optional(v.boolean()),
  nextTryMs: v.optional(v.number()),
  /** The embedded coordinator's runner. */
  local: v.boolean(),
});
export type RunnerView = v.InferOutput<typeof runnerViewSchema>;

export const stageViewSchema = v.object({
  name: v.string(),
  startedMs: v.number(),
  endedMs: v.optional(v.number()),
  failed: v.optional(v.boolean()),
});
export type StageView = v.InferOutput<typeof stageViewSchema>;

export const jobViewSchema = v.object({
  /** `<runner key>-<job id>`; unique in the history. */
  key: v.string(),
  id: v.number(),
  name: v.string(),
  stage: v.string(),
  project: v.string(),
  ref: v.string(),
  sha: v.string(),
  runner: v.string(),
  runnerName: v.string(),
  executor: v.string(),
  state: jobState,
  phase: v.optional(v.string()),
  failureReason: v.optional(v.string()),
  /** In plain words: `Exit code 42 in script`. */
  message: v.optional(v.string()),
  exitCode: v.optional(v.number()),
  startedMs: v.number(),
  endedMs: v.optional(v.number()),
  queuedSeconds: v.optional(v.number()),
  timeoutSeconds: v.number(),
  traceBytes: v.number(),
  stages: v.array(stageViewSchema),
  webUrl: v.optional(v.string()),
  /** Local pipeline this job belongs to. */
  pipeline: v.optional(v.string()),
  details: v.record(v.string(), v.string()),
  /** A terminal can be opened in it now. */
  terminal: v.optional(v.boolean()),
  /** While it runs: for how long its environment is kept should it fail, 0 for not at all; absent where it cannot be. */
  keepMs: v.optional(v.number()),
});
export type JobView = v.InferOutput<typeof jobViewSchema>;

export const pipelineViewSchema = v.object({
  id: v.string(),
  folder: v.string(),
  ref: v.string(),
  sha: v.string(),
  state: jobState,
  startedMs: v.number(),
  endedMs: v.optional(v.number()),
  stages: v.array(
    v.object({
      name: v.string(),
      jobs: v.array(
        v.object({
          name: v.string(),
          state: jobState,
          key: v.optional(v.string()),
          when: v.string(),
          allowFailure: v.boolean(),
        }),
      ),
    }),
  ),
});
export type PipelineView = v.InferOutput<typeof pipelineViewSchema>;

/** A person's terminal in the place of a job. Who typed what stands nowhere. */
export const terminalViewSchema = v.object({
  id: v.string(),
  /** Key of the job. */
  job: v.string(),
  /** The job's name. */
  name: v.string(),
  openedMs: v.number(),
  endedMs: v.optional(v.number()),
  /** Why nothing comes any more: the shell ended, the job ended, or its kept environment was removed. */
  ended: v.optional(v.picklist(['shell', 'job', 'kept'])),
});
export type TerminalView = v.InferOutput<typeof terminalViewSchema>;

/** The environment of a failed job that is kept for a look. */
export const keptViewSchema = v.object({
  /** Key of the job. */
  key: v.string(),
  id: v.number(),
  name: v.string(),
  project: v.string(),
  executor: v.string(),
  runnerName: v.string(),
  /** Where it is, for a person: a folder, a container. */
  place: v.string(),
  /** Absent until it is known. */
  sizeBytes: v.optional(v.number()),
  keptMs: v.number(),
  untilMs: v.number(),
  canExtend: v.boolean(),
});
export type KeptView = v.InferOutput<typeof keptViewSchema>;

export const problemSchema = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.optional(v.string()),
  line: v.optional(v.number()),
  column: v.optional(v.number()),
});
export type Problem = v.InferOutput<typeof problemSchema>;

export const snapshotSchema = v.object({
  version: v.string(),
  state: engineState,
  /** What a person reads beside the state: `Busy, 2 jobs`, `Trouble: …`. */
  stateText: v.string(),
  configPath: v.optional(v.string()),
  /** The file on disk is broken; the last good one is in force. */
  configProblem: v.optional(problemSchema),
  /** Of config.toml on disk: another one means that the file was changed. */
  configRevision: v.string(),
  /** What the machine runs on; absent: nobody asks. */
  power: v.optional(v.picklist(['mains', 'battery', 'unknown'])),
  concurrent: v.number(),
  running: v.number(),
  health: healthSchema,
  runners: v.array(runnerViewSchema),
  /** Newest first; history included up to a bound. */
  jobs: v.array(jobViewSchema),
  pipelines: v.array(pipelineViewSchema),
  terminals: v.array(terminalViewSchema),
  kept: v.array(keptViewSchema),
  notices: v.array(
    v.object({
      id: v.string(),
      level: v.picklist(['info', 'warning', 'error']),
      text: v.string(),
      action: v.optional(v.string()),
    }),
  ),
  /** What this host can do: `electron` or `web`. */
  host: v.object({
    kind: v.picklist(['electron', 'web', 'headless']),
    platform: v.string(),
    canPickFolder: v.boolean(),
    /** The editor that files open in; absent: there is none. */
    editor: v.optional(v.string()),
  }),
});
export type EngineSnapshot = v.InferOutput<typeof snapshotSchema>;

/** Absent keys are unchanged; in the lists an item replaces the one with its key, `removed` names keys that are gone. */
export const patchSchema = v.object({
  ...v.partial(v.omit(snapshotSchema, ['runners', 'jobs', 'pipelines', 'terminals', 'kept'])).entries,
  runners: v.optional(v.array(runnerViewSchema)),
  jobs: v.optional(v.array(jobViewSchema)),
  pipelines: v.optional(v.array(pipelineViewSchema)),
  terminals: v.optional(v.array(terminalViewSchema)),
  kept: v.optional(v.array(keptViewSchema)),
  removed: v.optional(
    v.object({
      runners: v.optional(v.array(v.string())),
      jobs: v.optional(v.array(v.string())),
      pipelines: v.optional(v.array(v.string())),
      terminals: v.optional(v.array(v.string())),
      kept: v.optional(v.array(v.string())),
    }),
  ),
});
export type SnapshotPatch = v.InferOutput<typeof patchSchema>;

// ---- config.toml -----------------------------------------------------------

/** Longer files are edited elsewhere: a message of the web host holds no more. */
export const longestConfigText = 100_000;
/** Texts of config.toml cross without secrets: each stands as a placeholder, which the engine puts back (`hidden-text.ts`). */
const configText = v.pipe(v.string(), v.maxLength(longestConfigText));
const configPath = v.array(v.union([v.string(), v.number()]));

/** Something to mark in a text. `file`: nothing of it counts; `runner`: this entry takes no jobs. */
export const configFindingSchema = v.object({
  level: v.picklist(['file', 'runner', 'warning', 'advice']),
  /** The key that it is about; empty for a text that is no TOML. */
  path: configPath,
  message: v.string(),
  line: v.optional(v.number()),
  column: v.optional(v.number()),
  fix: v.optional(
    v.variant('kind', [
      v.object({ kind: v.literal('rename'), name: v.string() }),
      v.object({ kind: v.literal('value'), value: v.string() }),
    ]),
  ),
});
export type ConfigFinding = v.InferOutput<typeof configFindingSchema>;

const configCheckSchema = v.object({
  findings: v.array(configFindingSchema),
  /** Keys of the entries of the text, in its order, as the snapshot has them. */
  runners: v.array(v.string()),
});
export type ConfigCheckView = v.InferOutput<typeof configCheckSchema>;

export const configFileSchema = v.object({
  path: v.string(),
  exists: v.boolean(),
  text: v.string(),
  revision: v.string(),
  ...configCheckSchema.entries,
  /** What was changed and not saved, with the text that it began with. */
  draft: v.optional(v.object({ text: v.string(), base: v.string(), revision: v.string() })),
});
export type ConfigFile = v.InferOutput<typeof configFileSchema>;

export const configEffectSchema = v.object({
  when: v.picklist(['now', 'nextJob', 'restart', 'never']),
  change: v.picklist(['set', 'unset', 'added', 'removed', 'moved']),
  key: v.optional(v.string()),
  runner: v.optional(v.string()),
});
export type ConfigEffect = v.InferOutput<typeof configEffectSchema>;

// ---- calls -----------------------------------------------------------------

/** A number of something, or a place among them. */
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const columns = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000));
const rows = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000));

const engineAddress = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
export const dockerItemSchema = v.object({
  id: v.string(),
  kind: v.picklist(['container', 'network', 'volume']),
  name: v.string(),
  /** `build`, `predefined`, `service`, `cache`, `network`. */
  type: v.string(),
  /** Nobody (a leftover), a running job, a person who looks at a failed job, later jobs. */
  use: v.picklist(['none', 'job', 'kept', 'cache']),
  projectId: v.optional(v.string()),
  jobId: v.optional(v.string()),
  sizeBytes: v.optional(v.number()),
  createdMs: v.optional(v.number()),
  keptUntilMs: v.optional(v.number()),
});
export type DockerItem = v.InferOutput<typeof dockerItemSchema>;

export const calls = {
  'engine.snapshot': { input: nothing, output: snapshotSchema },
  /** Looks at what the runners need of this machine; what is missing comes with the health. */
  'health.look': { input: nothing, output: done },
  'engine.start': { input: nothing, output: done },
  'engine.stop': { input: v.object({ mode: v.picklist(['drain', 'now']) }), output: done },
  ...runnerCalls,
  ...hostCalls,
  'job.cancel': { input: v.object({ job: key }), output: done },
  /** Whether the environment of this running job is kept when it fails. */
  'job.keep': { input: v.object({ job: key, on: v.boolean() }), output: done },
  'job.variables': {
    input: v.object({ job: key }),
    output: v.object({ variables: v.array(v.object({ key: v.string(), value: v.nullable(v.string()) })) }),
  },
  /** Bytes `start`..`start+length` of the log as base64; fewer at the end. At most 1 MiB. */
  'trace.read': {
    input: v.object({
      job: key,
      start: v.pipe(v.number(), v.integer(), v.minValue(0)),
      length: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_048_576)),
    }),
    output: v.object({ size: v.number(), data: v.string() }),
  },
  /** What the engine knows of a log's lines, with the blocks from `fromBlock` on; as far as it got in a short time. */
  'trace.index': { input: v.object({ job: key, fromBlock: count }), output: logIndexStateSchema },
  /** Lines with matches from a block on, as far as was looked in a short time; to be asked again until it is `done`. */
  'trace.search': {
    input: v.object({ job: key, fromBlock: count, query: querySchema }),
    output: foundMatchesSchema,
  },
  /** The log as text in the person's editor. */
  'trace.open': { input: v.object({ job: key }), output: done },
  /** A file that a log of a local pipeline names, in the person's editor. Only files of the pipeline's folder. */
  'file.open': {
    input: v.object({
      job: key,
      path: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
      line: v.optional(count),
      column: v.optional(count),
    }),
    output: done,
  },
  /** In the place of a job that runs or whose environment is kept; its output is pulled like a log. */
  'terminal.open': { input: v.object({ job: key, columns, rows }), output: v.object({ terminal: v.string() }) },
  /**
   * Output from byte `start` on as base64, at most 256 KiB. `start` of the answer is later than the one asked for where
   * the oldest output is not kept any more. A program waits while too much of its output is unread.
   */
  'terminal.read': {
    input: v.object({ terminal: key, start: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
    output: v.object({ start: v.number(), size: v.number(), data: v.string(), ended: v.boolean() }),
  },
  /** What a person types or pastes; longer text in several calls, one after the other. */
  'terminal.write': {
    input: v.object({ terminal: key, data: v.pipe(v.string(), v.maxLength(16_384)) }),
    output: done,
  },
  'terminal.resize': { input: v.object({ terminal: key, columns, rows }), output: done },
  /** Hangs up, or takes one that has ended off the list. */
  'terminal.close': { input: v.object({ terminal: key }), output: done },
  /** Keeps the environment of a failed job longer: until `byMs` after its present end. */
  'kept.extend': {
    input: v.object({ job: key, byMs: v.pipe(v.number(), v.minValue(1), v.maxValue(7 * 86_400_000)) }),
    output: v.object({ untilMs: v.number() }),
  },
  'kept.remove': { input: v.object({ job: key }), output: done },
  'kept.removeAll': { input: nothing, output: done },
  'config.read': { input: nothing, output: configFileSchema },
  /** Checks a draft and keeps it until it is saved or thrown away: a window that is closed or loaded anew loses nothing. */
  'config.check': { input: v.object({ text: configText, revision: v.string() }), output: configCheckSchema },
  'config.discard': { input: nothing, output: done },
  /** Refuses what could not be loaded (CONFIG_INVALID) and writes nothing over the work of another program (`conflict`). */
  'config.save': {
    input: v.object({ text: configText, revision: v.string() }),
    output: v.variant('state', [
      v.object({
        state: v.literal('saved'),
        file: configFileSchema,
        effects: v.array(configEffectSchema),
        /** What does not work in spite of it. */
        failed: v.array(v.object({ runner: v.optional(v.string()), message: v.string() })),
      }),
      v.object({ state: v.literal('conflict'), file: configFileSchema }),
    ]),
  },
  'pipeline.tryIt': { input: nothing, output: v.object({ pipeline: v.string() }) },
  'pipeline.list': {
    input: v.object({ folder: v.pipe(v.string(), v.maxLength(4096)) }),
    output: v.object({
      jobs: v.array(v.object({ name: v.string(), stage: v.string(), when: v.string(), needs: v.array(v.string()) })),
      problems: v.array(problemSchema),
    }),
  },
  'pipeline.run': {
    input: v.object({ folder: v.pipe(v.string(), v.maxLength(4096)), jobs: v.optional(v.array(v.string())) }),
    output: v.object({ pipeline: v.string() }),
  },
  'pipeline.cancel': { input: v.object({ pipeline: key }), output: done },
  /** Folders for the picker where no native dialog exists (web host). */
  'folder.list': {
    input: v.object({ folder: v.optional(v.pipe(v.string(), v.maxLength(4096))) }),
    output: v.object({
      folder: v.string(),
      parent: v.optional(v.string()),
      entries: v.array(v.object({ name: v.string(), git: v.boolean() })),
    }),
  },
  'folder.pick': { input: nothing, output: v.object({ folder: v.nullable(v.string()) }) },
  /** Where container engines were looked for, each with its answer, and which one jobs get. One group for each way. */
  'docker.engines': {
    input: nothing,
    output: v.object({
      groups: v.array(
        v.object({
          /** Names of the runners that look this way; none: how it would be done. */
          runners: v.array(v.string()),
          rule: v.picklist(['setting', 'environment', 'search']),
          tries: v.array(
            v.object({
              source: v.string(),
              address: v.string(),
              picked: v.boolean(),
              /** `Docker 20.10.24`; absent: no answer, for that `reason`. */
              product: v.optional(v.string()),
              system: v.optional(v.string()),
              apiVersion: v.optional(v.string()),
              reason: v.optional(v.string()),
            }),
          ),
        }),
      ),
    }),
  },
  /** What Harrier has made on an engine that `docker.engines` has picked. */
  'docker.contents': {
    input: v.object({ address: engineAddress }),
    output: v.object({ items: v.array(dockerItemSchema) }),
  },
  /** Removes leftovers; builds and cache volumes, and places of failed jobs, when asked. */
  'docker.prune': {
    input: v.object({ address: engineAddress, caches: v.boolean(), kept: v.boolean() }),
    output: v.object({
      removed: v.number(),
      freedBytes: v.number(),
      failed: v.array(v.object({ name: v.string(), message: v.string() })),
    }),
  },
  'link.open': { input: v.object({ url: v.pipe(v.string(), v.maxLength(4096)) }), output: done },
} as const;

export type CallName = keyof typeof calls;
export type CallInput<N extends CallName> = v.InferInput<(typeof calls)[N]['input']>;
export type CallOutput<N extends CallName> = v.InferOutput<(typeof calls)[N]['output']>;
/** The engine's side: a missing handler does not compile. */
export type Handlers = {
  readonly [N in CallName]: (input: v.InferOutput<(typeof calls)[N]['input']>) => Promise<CallOutput<N>>;
};

// ---- events ----------------------------------------------------------------

/** Something a person is told of outside of what they look at. */
export const noteSchema = v.object({
  id: v.string(),
  level: v.picklist(['info', 'failure']),
  title: v.string(),
  body: v.string(),
  /** Where a click leads, as the part of the address behind `#`. */
  link: v.string(),
});
export type Note = v.InferOutput<typeof noteSchema>;

export const events = {
  /** The system could not show it (or this is the web host): the window does. */
  'note.show': noteSchema,
  'state.patch': patchSchema,
  /** Job's log now has this many bytes; at most ten a second and job. */
  'trace.grown': v.object({ job: v.string(), size: v.number() }),
  /** A terminal has printed this many bytes since it was opened, or has ended. */
  'terminal.grown': v.object({ terminal: v.string(), size: v.number() }),
} as const;
export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = v.InferOutput<(typeof events)[N]>;

/** What every transport offers to the renderer. */
export interface Client {
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  on<N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void): () => void;
  /** The connection was lost (true) or is back (false). */
  onConnection(listener: (connected: boolean) => void): () => void;
}
/** How an error crosses: code and hint of HarrierError, or INTERNAL. */
export const wireErrorSchema = v.object({ code: v.string(), message: v.string(), hint: v.optional(v.string()) });
export type WireError = v.InferOutput<typeof wireErrorSchema>;
