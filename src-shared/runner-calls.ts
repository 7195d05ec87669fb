import * as v from 'valibot';

/** Calls about runners: finding a server, making a runner there, checking this machine, changing and removing. */

export const key = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const nothing = v.object({});
export const done = v.object({ ok: v.literal(true) });
const shortText = v.pipe(v.string(), v.maxLength(255));
const address = v.pipe(v.string(), v.maxLength(2000));
const token = v.pipe(v.string(), v.maxLength(500));
const path = v.pipe(v.string(), v.maxLength(4096));

/** Where a server is and whom to trust there. */
const server = { url: address, caFile: v.optional(path) };

/** What GitLab keeps of a runner, as it is asked for when Harrier makes one. Absent: GitLab's own default. */
export const serverSettingsSchema = v.object({
  tags: v.optional(v.pipe(v.array(shortText), v.maxLength(50))),
  runUntagged: v.optional(v.boolean()),
  locked: v.optional(v.boolean()),
  paused: v.optional(v.boolean()),
  protectedOnly: v.optional(v.boolean()),
  /** Seconds. */
  maximumTimeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  note: v.optional(v.pipe(v.string(), v.maxLength(1024))),
});
export type ServerSettings = v.InferOutput<typeof serverSettingsSchema>;

export const scopeSchema = v.variant('type', [
  v.object({ type: v.literal('instance') }),
  v.object({
    type: v.picklist(['group', 'project']),
    id: v.pipe(v.number(), v.integer(), v.minValue(1)),
    path: shortText,
  }),
]);
export type RunnerScope = v.InferOutput<typeof scopeSchema>;

export const tokenKind = v.picklist(['runner', 'registration', 'personal', 'unknown']);
export type TokenKind = v.InferOutput<typeof tokenKind>;

/** What GitLab held of a runner when it was last told or asked. */
export const runnerServerSchema = v.object({
  tags: v.array(v.string()),
  runUntagged: v.boolean(),
  locked: v.boolean(),
  paused: v.boolean(),
  protectedOnly: v.boolean(),
  maximumTimeout: v.optional(v.number()),
  /** Where it is seen and changed. */
  page: v.optional(v.string()),
  /** Since when this is known. */
  atMs: v.number(),
});
export type RunnerServerView = v.InferOutput<typeof runnerServerSchema>;

const certificate = v.object({
  subject: v.string(),
  issuer: v.string(),
  validTo: v.string(),
  fingerprint: v.string(),
});
export type ShownCertificate = v.InferOutput<typeof certificate>;

export const checkSchema = v.object({
  id: v.string(),
  state: v.picklist(['ok', 'warning', 'failed']),
  /** What was found or not. */
  text: v.string(),
  /** One thing to do. */
  hint: v.optional(v.string()),
});
export type MachineCheck = v.InferOutput<typeof checkSchema>;

export const foundConfigSchema = v.object({
  path: v.string(),
  /** It cannot be read, or holds a mistake: why. */
  problem: v.optional(v.string()),
  runners: v.array(v.object({ name: v.string(), url: v.string(), executor: v.string(), tokenTail: v.string() })),
  /** A running gitlab-runner that polls with these tokens. */
  service: v.optional(v.object({ pid: v.number(), user: v.string() })),
});
export type FoundConfig = v.InferOutput<typeof foundConfigSchema>;

export const runnerCalls = {
  'runner.pause': {
    input: v.object({ runner: key, untilMs: v.optional(v.number()), untilPluggedIn: v.optional(v.boolean()) }),
    output: done,
  },
  'runner.resume': { input: v.object({ runner: key }), output: done },
  /** Takes no new job and ends its running ones; they are reported. */
  'runner.stop': { input: v.object({ runner: key }), output: done },
  'runner.add': {
    input: v.object({
      ...server,
      token,
      name: v.optional(shortText),
      executor: v.string(),
      settings: v.optional(v.record(v.string(), v.unknown())),
      /** Only where Harrier makes the runner: registration and personal access tokens. */
      server: v.optional(serverSettingsSchema),
      /** From `token.check`, for tokens whose prefix says nothing. */
      kind: v.optional(tokenKind),
      /** For personal access tokens. */
      scope: v.optional(scopeSchema),
    }),
    output: v.object({ runner: v.string() }),
  },
  /** The lines that adding would put into the file, without token and secrets. Writes nothing. */
  'runner.preview': {
    input: v.object({
      ...server,
      name: v.optional(shortText),
      executor: v.string(),
      settings: v.optional(v.record(v.string(), v.unknown())),
    }),
    output: v.object({ text: v.string() }),
  },
  'runner.remove': { input: v.object({ runner: key, onServer: v.boolean() }), output: done },
  'runner.verify': {
    input: v.object({ runner: key }),
    output: v.object({ valid: v.boolean(), message: v.string(), hint: v.optional(v.string()) }),
  },
  /** A new authentication token from GitLab into the file; the old one is dead from then on. */
  'runner.resetToken': { input: v.object({ runner: key }), output: v.object({ runner: v.string() }) },
  /** Another runner token for an entry whose own is dead; everything else of the entry stays. */
  'runner.setToken': { input: v.object({ runner: key, token }), output: v.object({ runner: v.string() }) },
  /** Asks GitLab, with a personal access token that is kept nowhere, what it holds of this runner. */
  'runner.ask': { input: v.object({ runner: key, token }), output: done },
  /** Values of the usual keys, as they stand in the file; secrets are left out. */
  'runner.settings': {
    input: v.object({ runner: key }),
    output: v.object({ values: v.record(v.string(), v.unknown()), concurrent: v.number() }),
  },
  /** Sets keys of the entry (`docker.image` for keys in tables); null takes one out. */
  'runner.change': {
    input: v.object({
      runner: key,
      values: v.record(
        v.pipe(v.string(), v.maxLength(100)),
        v.nullable(v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])),
      ),
      concurrent: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    }),
    output: done,
  },
  'server.probe': {
    input: v.object(server),
    output: v.object({
      ok: v.boolean(),
      code: v.optional(v.string()),
      message: v.string(),
      hint: v.optional(v.string()),
      version: v.optional(v.string()),
      proxy: v.optional(v.string()),
      /** The address that answered, when it is not the one that was typed. */
      url: v.optional(v.string()),
      /** May be it, but a person must agree: over http, for example. */
      elsewhere: v.optional(v.string()),
      chain: v.optional(v.array(certificate)),
      /** Trusting the last certificate of the chain would help. */
      canTrust: v.optional(v.boolean()),
      /** What is sent to the server can be read on the way. */
      plain: v.optional(v.boolean()),
    }),
  },
  /** Keeps the authority that a server shows beside config.toml, if its fingerprint is still the one that was seen. */
  'server.trust': { input: v.object({ url: address, fingerprint: shortText }), output: v.object({ file: v.string() }) },
  'token.check': {
    input: v.object({ ...server, token }),
    output: v.object({
      ok: v.boolean(),
      kind: tokenKind,
      message: v.string(),
      hint: v.optional(v.string()),
      version: v.optional(v.string()),
      /** Of a personal access token: which scopes of runners it may make, and whether it can list groups and projects. */
      user: v.optional(v.string()),
      scopes: v.optional(v.array(v.picklist(['instance', 'group', 'project']))),
      canSearch: v.optional(v.boolean()),
      expiresAt: v.optional(v.string()),
      /** Number of the runner of a runner token, and where its tags are set. */
      runnerId: v.optional(v.number()),
      page: v.optional(v.string()),
    }),
  },
  /** Groups or projects in which this token may make runners. */
  'target.search': {
    input: v.object({ ...server, token, kind: v.picklist(['group', 'project']), text: shortText }),
    output: v.object({ targets: v.array(v.object({ id: v.number(), path: v.string(), name: v.string() })) }),
  },
  'register.read': {
    input: v.object({ command: v.pipe(v.string(), v.maxLength(20_000)) }),
    output: v.object({
      url: v.optional(v.string()),
      token: v.optional(v.string()),
      name: v.optional(v.string()),
      executor: v.optional(v.string()),
      settings: v.record(v.string(), v.unknown()),
      server: serverSettingsSchema,
      unknown: v.array(v.string()),
      ignored: v.array(v.string()),
    }),
  },
  /** Executors that work here, and the name that a runner gets when none is typed. */
  'executor.list': { input: nothing, output: v.object({ executors: v.array(v.string()), machine: v.string() }) },
  'executor.check': {
    input: v.object({ executor: shortText, settings: v.record(v.string(), v.unknown()) }),
    output: v.object({ checks: v.array(checkSchema) }),
  },
} as const;
