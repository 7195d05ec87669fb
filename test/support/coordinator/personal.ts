import { type Answer, header, type Incoming, json } from './answer.ts';
import type { TestCoordinatorOptions, TestRunner } from './types.ts';

const groups = [
  { id: 12, full_path: 'orbit', full_name: 'Orbit' },
  { id: 13, full_path: 'orbit/tools', full_name: 'Orbit / Tools' },
];
const projects = [
  { id: 5, path_with_namespace: 'group/project', name_with_namespace: 'Group / Project' },
  { id: 7, path_with_namespace: 'orbit/payments-api', name_with_namespace: 'Orbit / Payments API' },
  { id: 9, path_with_namespace: 'orbit/storefront', name_with_namespace: 'Orbit / Storefront' },
];

/** What a personal access token may ask, refused as GitLab refuses it. */
export interface Personal {
  readonly isAdmin: boolean;
  /** Undefined: the token is good and has one of these scopes. */
  refuse(incoming: Incoming, scopes: readonly string[]): Answer | undefined;
  mayCreate(type: unknown, parameters: Readonly<Record<string, unknown>>): boolean;
  answer(incoming: Incoming, route: string, runners: readonly TestRunner[]): Answer | undefined;
}

export function createPersonal(options: TestCoordinatorOptions): Personal {
  const { personalToken, personal = {} } = options;
  const { scopes = ['api'], state = 'active', isAdmin = false, hasRole = true } = personal;
  const refuse: Personal['refuse'] = (incoming, wanted) => {
    const given = header(incoming, 'private-token');
    if (given === '' || given !== personalToken) return json(401, { message: '401 Unauthorized' });
    if (state !== 'active')
      return json(401, {
        error: 'invalid_token',
        error_description:
          state === 'expired'
            ? 'Token is expired. You can either do re-authorization or token refresh.'
            : 'Token was revoked. You have to re-authorize from the user.',
      });
    if (wanted.length > 0 && !wanted.some((scope) => scopes.includes(scope)))
      return json(403, {
        error: 'insufficient_scope',
        error_description: 'The request requires higher privileges than provided by the access token.',
        scope: wanted.join(' '),
      });
    return undefined;
  };
  const list = (incoming: Incoming, rows: readonly { readonly [key: string]: unknown }[]): Answer => {
    const text = incoming.query.get('search') ?? '';
    return json(
      200,
      rows.filter((row) => String(row['full_path'] ?? row['path_with_namespace']).includes(text)),
    );
  };
  const runnerOf = (id: number, runners: readonly TestRunner[]): Answer => {
    const runner = runners.find((each) => each.id === id);
    if (runner === undefined) return json(404, { message: '404 Not found' });
    const { parameters } = runner;
    return json(200, {
      id,
      runner_type: parameters['runner_type'] ?? 'project_type',
      tag_list: String(parameters['tag_list'] ?? '')
        .split(',')
        .filter((tag) => tag !== ''),
      run_untagged: parameters['run_untagged'] ?? true,
      locked: parameters['locked'] ?? false,
      paused: parameters['paused'] ?? false,
      access_level: parameters['access_level'] ?? 'not_protected',
      maximum_timeout: parameters['maximum_timeout'] ?? null,
      projects: projects.slice(0, 1),
      groups: [],
    });
  };
  return {
    isAdmin,
    refuse,
    mayCreate: (type, parameters) =>
      hasRole &&
      (type === 'instance_type' ||
        (type === 'group_type' ? groups : projects).some(
          ({ id }) => id === parameters[type === 'group_type' ? 'group_id' : 'project_id'],
        )),
    answer(incoming, route, runners) {
      const byId = /^GET runners\/(\d+)$/.exec(route);
      if (byId !== null) return refuse(incoming, ['api', 'read_api']) ?? runnerOf(Number(byId[1]), runners);
      switch (route) {
        case 'GET personal_access_tokens/self':
          return (
            refuse(incoming, []) ??
            json(200, { id: 1, name: 'test', revoked: false, active: true, scopes, expires_at: '2030-01-01' })
          );
        case 'GET user':
          return (
            refuse(incoming, ['api', 'read_api', 'read_user']) ??
            json(200, { username: 'mira', ...(isAdmin ? { is_admin: true } : {}) })
          );
        case 'GET version':
          return (
            refuse(incoming, ['api', 'read_api', 'read_user']) ?? json(200, { version: '18.6.1', revision: 'abc' })
          );
        case 'GET groups':
          return refuse(incoming, ['api', 'read_api']) ?? list(incoming, groups);
        case 'GET projects':
          return refuse(incoming, ['api', 'read_api']) ?? list(incoming, projects);
        default:
          return undefined;
      }
    },
  };
}
