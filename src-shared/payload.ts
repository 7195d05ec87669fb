import * as v from 'valibot';

/**
 * The job that GitLab hands out (201 of POST /jobs/request), with GitLab's own names. Decoding follows Go's rules
 * (spec/coordinator-api.md 0.3): unknown keys are kept, missing keys and null give the empty value, a value of the
 * wrong type is an error that names its path.
 */
const text = v.nullish(v.string(), '');
const flag = v.nullish(v.boolean(), false);
const whole = v.nullish(v.pipe(v.number(), v.integer()), 0);
const textList = v.nullish(v.array(v.string()), []);
const list = <T extends v.GenericSchema>(item: T) => v.nullish(v.array(item), []);

export const variableSchema = v.looseObject({
  key: text,
  value: text,
  public: flag,
  file: flag,
  masked: flag,
  raw: flag,
});
export const stepSchema = v.looseObject({
  name: text,
  script: textList,
  timeout: whole,
  when: text,
  allow_failure: flag,
});
const portSchema = v.looseObject({ number: whole, protocol: text, name: text });
const userSchema = v.nullish(v.union([v.string(), v.number()]));
const executorOptions = v.nullish(
  v.looseObject({
    docker: v.nullish(v.looseObject({ platform: text, user: userSchema })),
    kubernetes: v.nullish(v.looseObject({ user: userSchema })),
  }),
);
export const imageSchema = v.looseObject({
  name: text,
  alias: text,
  command: textList,
  entrypoint: v.nullish(v.array(v.string())),
  ports: list(portSchema),
  variables: list(variableSchema),
  pull_policy: textList,
  executor_opts: executorOptions,
});
export const artifactSchema = v.looseObject({
  name: text,
  untracked: flag,
  paths: textList,
  exclude: textList,
  when: text,
  artifact_type: text,
  artifact_format: text,
  expire_in: text,
});
export const cacheSchema = v.looseObject({
  key: text,
  untracked: flag,
  policy: text,
  paths: textList,
  when: text,
  fallback_keys: textList,
});
export const dependencySchema = v.looseObject({
  id: whole,
  token: text,
  name: text,
  artifacts_file: v.nullish(v.looseObject({ filename: text, size: whole })),
});
export const inputSchema = v.looseObject({
  key: v.pipe(v.string(), v.minLength(1)),
  value: v.looseObject({
    type: v.picklist(['string', 'number', 'boolean', 'array', 'struct']),
    content: v.unknown(),
    sensitive: flag,
  }),
});

export const payloadSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer()),
  token: v.string(),
  allow_git_fetch: flag,
  job_info: v.nullish(
    v.looseObject({
      name: text,
      stage: text,
      pipeline_id: whole,
      project_id: whole,
      project_name: text,
      project_full_path: text,
      namespace_id: whole,
      root_namespace_id: whole,
      organization_id: whole,
      user_id: whole,
      time_in_queue_seconds: v.nullish(v.number(), 0),
      queue_size: whole,
      queue_depth: whole,
    }),
    {},
  ),
  git_info: v.nullish(
    v.looseObject({
      repo_url: text,
      repo_object_format: text,
      ref: text,
      sha: text,
      before_sha: text,
      ref_type: text,
      refspecs: textList,
      depth: whole,
      protected: v.nullish(v.boolean()),
    }),
    {},
  ),
  runner_info: v.nullish(v.looseObject({ timeout: whole, runner_session_url: v.nullish(v.string()) }), {}),
  inputs: list(inputSchema),
  variables: list(variableSchema),
  steps: list(stepSchema),
  image: v.nullish(imageSchema),
  services: list(imageSchema),
  artifacts: list(artifactSchema),
  cache: list(cacheSchema),
  credentials: list(v.looseObject({ type: text, url: text, username: text, password: text })),
  dependencies: list(dependencySchema),
  features: v.nullish(
    v.looseObject({ trace_sections: flag, token_mask_prefixes: textList, failure_reasons: textList }),
    {},
  ),
  secrets: v.nullish(v.record(v.string(), v.looseObject({}))),
  hooks: list(v.looseObject({ name: text, script: textList })),
  run: v.nullish(v.string()),
  policy_options: v.nullish(v.looseObject({ execution_policy_job: flag, policy_name: text })),
});

export type JobPayload = v.InferOutput<typeof payloadSchema>;
export type JobVariable = v.InferOutput<typeof variableSchema>;
export type JobStep = v.InferOutput<typeof stepSchema>;
export type JobImage = v.InferOutput<typeof imageSchema>;
export type JobArtifact = v.InferOutput<typeof artifactSchema>;
export type JobCache = v.InferOutput<typeof cacheSchema>;
export type JobDependency = v.InferOutput<typeof dependencySchema>;

/** What could not be read, and what is needed to report it to the server all the same. */
export interface PayloadProblem {
  readonly id: number | undefined;
  readonly token: string | undefined;
  /** One line per problem: path, what was expected, what was found. No values, since they may be secret. */
  readonly problems: readonly string[];
}

/** Reads a decoded 201 body. Never throws. */
export function parsePayload(
  data: unknown,
): { ok: true; payload: JobPayload } | { ok: false; problem: PayloadProblem } {
  const result = v.safeParse(payloadSchema, data);
  if (result.success) return { ok: true, payload: result.output };
  const raw = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  return {
    ok: false,
    problem: {
      id: typeof raw['id'] === 'number' ? raw['id'] : undefined,
      token: typeof raw['token'] === 'string' ? raw['token'] : undefined,
      problems: result.issues.map(
        (issue) =>
          `${v.getDotPath(issue) ?? 'payload'}: expected ${issue.expected ?? 'another value'}, found ${kindOf(issue.input)}`,
      ),
    },
  };
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value);
