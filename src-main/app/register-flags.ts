import { configKeys, type KeyDescription } from '../../src-shared/config-schema.ts';
import { type Flag, type FlagValue, type Parsed, titleOf } from '../base/flags.ts';

/** Flags that are no keys of the file: what GitLab is told, and how the command itself works (spec/operations.md 1.1). */
export const ownFlags: readonly Flag[] = [
  { names: ['url', 'u'], kind: 'text', env: 'CI_SERVER_URL', help: 'address of GitLab' },
  { names: ['token', 't'], kind: 'text', env: 'CI_SERVER_TOKEN', help: 'authentication token (glrt-…)' },
  { names: ['registration-token', 'r'], kind: 'text', env: 'REGISTRATION_TOKEN', help: 'registration token (old way)' },
  { names: ['non-interactive', 'n'], kind: 'boolean', env: 'REGISTER_NON_INTERACTIVE', help: 'ask nothing' },
  {
    names: ['name', 'description'],
    kind: 'text',
    env: 'RUNNER_NAME',
    help: 'name on this machine; default: host name',
  },
  { names: ['executor'], kind: 'text', env: 'RUNNER_EXECUTOR', help: 'where jobs run' },
  { names: ['leave-runner'], kind: 'boolean', env: 'REGISTER_LEAVE_RUNNER', help: 'keep the runner when saving fails' },
  {
    names: ['template-config'],
    kind: 'text',
    env: 'TEMPLATE_CONFIG_FILE',
    help: 'file whose one [[runners]] fills in',
  },
];

/** Kept by GitLab, not by the file; only with a registration token. `standard`: what counts as not given. */
export const serverFlags: readonly (Flag & { readonly standard: FlagValue })[] = [
  { names: ['tag-list'], kind: 'text', env: 'RUNNER_TAG_LIST', help: 'tags, with commas', standard: '' },
  {
    names: ['run-untagged'],
    kind: 'boolean',
    env: 'REGISTER_RUN_UNTAGGED',
    help: 'also jobs without tags',
    standard: false,
  },
  {
    names: ['locked'],
    kind: 'boolean',
    env: 'REGISTER_LOCKED',
    help: 'only for its project; default: true',
    standard: true,
  },
  { names: ['paused'], kind: 'boolean', env: 'REGISTER_PAUSED', help: 'take no jobs yet', standard: false },
  {
    names: ['access-level'],
    kind: 'text',
    env: 'REGISTER_ACCESS_LEVEL',
    help: 'not_protected or ref_protected',
    standard: '',
  },
  {
    names: ['maximum-timeout'],
    kind: 'integer',
    env: 'REGISTER_MAXIMUM_TIMEOUT',
    help: 'longest time of a job in s',
    standard: 0,
  },
  {
    names: ['maintenance-note'],
    kind: 'text',
    env: 'REGISTER_MAINTENANCE_NOTE',
    help: 'note for administrators',
    standard: '',
  },
];

interface KeyFlag extends Flag {
  readonly key: KeyDescription;
}

/** Keys whose flags are above, and those that only the program itself writes. */
const notFlags = [
  'name',
  'url',
  'token',
  'executor',
  'id',
  'token_obtained_at',
  'token_expires_at',
  'harrier',
  'labels',
];
/** Variables and flags of top-level keys whose names do not follow from the key. */
const odd: Readonly<Record<string, { readonly name?: string; readonly env?: string }>> = {
  environment: { name: 'env', env: 'RUNNER_ENV' },
  clone_url: { env: 'CLONE_URL' },
  feature_flags: { env: 'FEATURE_FLAGS' },
  'tls-ca-file': { env: 'CI_SERVER_TLS_CA_FILE' },
  'tls-cert-file': { env: 'CI_SERVER_TLS_CERT_FILE' },
  'tls-key-file': { env: 'CI_SERVER_TLS_KEY_FILE' },
};

/** One flag for every key of `[[runners]]`: section and key with dashes, its variable in capitals. */
export const keyFlags: readonly KeyFlag[] = configKeys
  .filter(
    ({ path, kind, open }) =>
      path[0] === 'runners' &&
      path.length > 1 &&
      !notFlags.includes(path[1] ?? '') &&
      kind !== 'table' &&
      kind !== 'tables' &&
      !open,
  )
  .filter(({ path }) => !path.some((part) => part === 'services') && path[1] !== 'monitoring')
  .map((key): KeyFlag => {
    const names = key.path.slice(1).map(dashed);
    const special = key.path.length === 2 ? odd[key.path[1] ?? ''] : undefined;
    const name = special?.name ?? names.join('-');
    const plainEnv = names.join('_').replaceAll('-', '_').toUpperCase();
    return {
      key,
      group: key.path.length === 2 ? 'Keys of the entry in config.toml' : `Its section [runners.${key.path[1]}]`,
      names: [name],
      kind: kindOf(key),
      env: special?.env ?? (key.path.length === 2 ? `RUNNER_${plainEnv}` : plainEnv),
      help: key.doc,
    };
  });

export const registerFlags: readonly Flag[] = [
  ...ownFlags,
  ...serverFlags.map((flag) => ({ ...flag, group: 'Kept by GitLab; only with a registration token' })),
  // Each section in one piece.
  ...keyFlags.filter(({ key }) => key.path.length === 2),
  ...keyFlags.filter(({ key }) => key.path.length > 2),
];

/** `ServerAddress`, `pull_policy` -> `server-address`, `pull-policy`. */
function dashed(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

function kindOf({ kind }: KeyDescription): Flag['kind'] {
  switch (kind) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return 'integer';
    case 'texts':
    case 'choices':
    case 'numbers':
      return 'list';
    case 'map':
    case 'lists':
    case 'flags':
      return 'map';
    default:
      return 'text';
  }
}

/** The keys of the entry that flags and variables set, in their tables. */
export function settingsOf(input: Parsed): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const flag of keyFlags) {
    const value = input.values.get(titleOf(flag));
    if (value !== undefined) put(settings, flag.key.path.slice(1), typed(flag.key, value));
  }
  return settings;
}

function put(table: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    table[name] = value;
    return;
  }
  const inside = { ...(typeof table[name] === 'object' ? table[name] : {}) };
  put(inside, rest, value);
  table[name] = inside;
}

function typed({ kind }: KeyDescription, value: FlagValue): unknown {
  if (kind === 'flags' && typeof value === 'object' && !Array.isArray(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, text]) => [name, /^(?:1|t|true)$/i.test(String(text))]),
    );
  if (kind === 'number') return Number(value);
  return value;
}
