import { configKeys, type KeyDescription, keyAt } from '../../src-shared/config-schema.ts';

/** A part of the form: keys that belong together, the common ones first. */
export interface Group {
  readonly id: GroupId;
  readonly keys: readonly KeyDescription[];
  /** Behind "More": rarely needed. */
  readonly more: readonly KeyDescription[];
  /** Open when the form is shown. */
  readonly open: boolean;
}
export type GroupId =
  | 'main'
  | 'docker'
  | 'machine'
  | 'ssh'
  | 'parallels'
  | 'virtualbox'
  | 'custom'
  | 'jobs'
  | 'harrier'
  | 'cache'
  | 'connection'
  | 'labels'
  | 'flags'
  | 'session'
  | 'idle';

/** The first ones of each part, in the order of the form; everything else of the schema follows by itself. */
const first: Readonly<Partial<Record<GroupId, readonly string[]>>> = {
  main: ['name', 'url', 'token', 'executor', 'shell', 'limit'],
  docker: [
    'docker.image',
    'docker.pull_policy',
    'docker.volumes',
    'docker.privileged',
    'docker.memory',
    'docker.cpus',
    'docker.services',
    'docker.network_mode',
    'docker.allowed_images',
    'docker.host',
  ],
  jobs: ['environment', 'pre_build_script', 'post_build_script', 'builds_dir', 'cache_dir', 'output_limit'],
  cache: ['cache.Type', 'cache.Path', 'cache.Shared'],
};
const connection = new Set([
  'id',
  'token_obtained_at',
  'token_expires_at',
  'request_concurrency',
  'strict_check_interval',
  'unhealthy_requests_limit',
  'unhealthy_interval',
  'job_status_final_update_retry_limit',
  'tls-ca-file',
  'tls-cert-file',
  'tls-key-file',
  'clone_url',
]);
const order: readonly GroupId[] = [
  'main',
  'docker',
  'machine',
  'ssh',
  'parallels',
  'virtualbox',
  'custom',
  'jobs',
  'harrier',
  'cache',
  'connection',
  'labels',
  'flags',
  'session',
  'idle',
];

/** Which sections an executor reads; they stand open. */
function sectionsOf(executor: string): readonly string[] {
  if (executor === 'docker+machine') return ['docker', 'machine'];
  if (executor === 'docker-ssh') return ['docker', 'ssh'];
  if (executor.startsWith('docker')) return ['docker'];
  return ['parallels', 'virtualbox'].includes(executor) ? [executor, 'ssh'] : [executor];
}

/** The parts of a runner's form. Sections of other executors come last. */
export function runnerGroups(executor: string): readonly Group[] {
  const own = sectionsOf(executor);
  const groups = grouped(leavesUnder(['runners']), groupOfRunnerKey);
  const foreign = (id: GroupId): boolean =>
    ['docker', 'machine', 'ssh', 'parallels', 'virtualbox', 'custom'].includes(id) && !own.includes(id);
  return [...groups.filter(({ id }) => !foreign(id)), ...groups.filter(({ id }) => foreign(id))]
    .map((group) => ({ ...group, open: group.id === 'main' || own.includes(group.id) }))
    .sort((a, b) => Number(a.id === 'idle') - Number(b.id === 'idle'));
}

export const globalGroups = (): readonly Group[] =>
  grouped(
    leavesUnder([]).filter(({ path }) => path[0] !== 'runners'),
    groupOfGlobalKey,
  );

const isIdle = (path: readonly string[]): boolean =>
  path.some((_, length) => keyAt(path.slice(0, length + 1))?.ignored !== undefined);

function groupOfRunnerKey(path: readonly string[]): GroupId {
  const [section = ''] = path.slice(1);
  if (isIdle(path)) return 'idle';
  if (path.length === 2 && first.main?.includes(section)) return 'main';
  if (section === 'feature_flags') return 'flags';
  if (section === 'labels') return 'labels';
  if (connection.has(section)) return 'connection';
  return order.find((id) => id === section) ?? 'jobs';
}

function groupOfGlobalKey(path: readonly string[]): GroupId {
  const [section = ''] = path;
  if (isIdle(path)) return 'idle';
  if (section === 'labels') return 'labels';
  if (section === 'harrier' || section === 'machine') return section;
  return section === 'session_server' ? 'session' : 'main';
}

/** Keys with a value of their own: tables are entered, but for those that are not looked into. */
function leavesUnder(parent: readonly string[]): KeyDescription[] {
  return configKeys.filter(({ path, kind, open }) => {
    if (path.length <= parent.length || !parent.every((part, index) => part === path[index])) return false;
    if (kind === 'table' && !open) return false;
    // What stands below an array of tables or an open table belongs to it.
    return !path.some(
      (_, length) => length + 1 > parent.length && length + 1 < path.length && isHolder(path.slice(0, length + 1)),
    );
  });
}
const isHolder = (path: readonly string[]): boolean => {
  const meta = keyAt(path);
  return meta?.kind === 'tables' || meta?.open === true;
};

function grouped(keys: readonly KeyDescription[], groupOf: (path: readonly string[]) => GroupId): Group[] {
  return order.flatMap((id): Group[] => {
    const all = keys.filter(({ path }) => groupOf(path) === id);
    if (all.length === 0) return [];
    const wanted = first[id] ?? [];
    const place = ({ path }: KeyDescription): number =>
      wanted.indexOf(path.slice(path[0] === 'runners' ? 1 : 0).join('.'));
    const common = all.filter((key) => place(key) >= 0).sort((a, b) => place(a) - place(b));
    const rest = all.filter((key) => place(key) < 0);
    const short = common.length === 0 || rest.length <= 3;
    return [{ id, keys: short ? [...common, ...rest] : common, more: short ? [] : rest, open: id === 'main' }];
  });
}
