import type { ResolvedVariable } from '../../executors/types.ts';
import { expand } from './expand.ts';
import { type Flags, flagDefaults, isFlag, resolveFlags } from './flags.ts';
import { defaults, fixed, internal, type PredefinedSource } from './predefined.ts';
import { shortToken } from './short-token.ts';
import type { JobVariables } from './types.ts';

export interface AssembleOptions extends PredefinedSource {
  /** Resolved secrets; they win over what the payload says. */
  readonly secrets?: readonly ResolvedVariable[];
}
export interface AssembledVariables {
  readonly variables: JobVariables;
  readonly flags: Flags;
}

/**
 * All variables of a job in their order (spec/job-lifecycle.md 4.1): flags, image, config environment, the runner's
 * defaults, the payload, what nobody can override. The last one of a key wins.
 */
export const assembleVariables = (options: AssembleOptions): AssembledVariables => {
  const { payload, runner } = options;
  const environment = configEnvironment(runner.environment ?? []);
  const sent = (payload.variables ?? []).map(fromPayload);
  const stated = new Map([...environment, ...sent].map(({ key, value }) => [key, value]));
  const flags = resolveFlags(configuredFlags(runner['feature_flags']), (key) => stated.get(key));
  const image = payload.image?.name ?? '';
  const list: ResolvedVariable[] = [
    ...Object.keys(flagDefaults).map((name) => internal(name, String(flags.values.get(name)))),
    ...(image !== '' ? [internal('CI_JOB_IMAGE', image)] : []),
    internal('CI_RUNNER_SHORT_TOKEN', shortToken(runner.token ?? '')),
    ...environment.filter(({ key }) => !isFlag(key)),
    ...defaults(options),
    ...sent.filter(({ key }) => !isFlag(key)),
    ...fixed(options, (name) => flags.values.get(name) ?? false),
    ...(options.secrets ?? []),
  ];
  return { variables: createVariables(list, flags, options.directories.temporary), flags };
};

/** Expands a list as it stands; `temporary` is where file variables lie. */
const createVariables = (list: readonly ResolvedVariable[], flags: Flags, temporary: string): JobVariables => {
  const last = new Map<string, ResolvedVariable>();
  for (const variable of list) {
    last.delete(variable.key);
    last.set(variable.key, variable);
  }
  // One pass: a reference gives the other variable's text as it was written.
  const written = (key: string): string | undefined => {
    const variable = last.get(key);
    return variable?.file ? `${temporary}/${key}` : variable?.value;
  };
  const values = new Map<string, ResolvedVariable>();
  for (const [key, variable] of last)
    values.set(key, variable.raw ? variable : { ...variable, value: expand(variable.value, written) });
  const get = (key: string): string | undefined => {
    const variable = values.get(key);
    return variable?.file ? `${temporary}/${key}` : variable?.value;
  };
  return {
    all: [...values.values()],
    get,
    expand: (text) => expand(text, get),
    flag: (name) => flags.values.get(name) ?? false,
    with: (extra) => createVariables([...last.values(), ...extra], flags, temporary),
  };
};

const fromPayload = (variable: {
  key?: string | null;
  value?: string | null;
  public?: boolean | null;
  file?: boolean | null;
  masked?: boolean | null;
  raw?: boolean | null;
}): ResolvedVariable => ({
  key: variable.key ?? '',
  value: variable.value ?? '',
  file: variable.file ?? false,
  public: variable.public ?? false,
  masked: variable.masked ?? false,
  raw: variable.raw ?? false,
  internal: false,
});

/** `KEY=VALUE` entries of config.toml; others are dropped, as the official runner does. */
const configEnvironment = (entries: readonly string[]): ResolvedVariable[] =>
  entries.flatMap((entry) => {
    const equals = entry.indexOf('=');
    return equals > 0 ? [internal(entry.slice(0, equals).trim(), entry.slice(equals + 1))] : [];
  });

const configuredFlags = (table: unknown): Readonly<Record<string, boolean>> => {
  if (typeof table !== 'object' || table === null) return {};
  return Object.fromEntries(
    Object.entries(table).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
};
