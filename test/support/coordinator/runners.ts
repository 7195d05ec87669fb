import type { RunnerInfo } from '../../../src-main/gitlab/types.ts';
import { type Answer, forbidden, header, type Incoming, json, missing } from './answer.ts';
import { infoProblem } from './checks.ts';
import { createPersonal } from './personal.ts';
import type { TestCoordinatorOptions, TestRunner } from './types.ts';

export interface KeptRunner extends TestRunner {
  token: string;
  readonly managers: Map<string, RunnerInfo>;
  revoked: boolean;
  paused: boolean;
  removed: boolean;
}

/** The runners that the server knows, and the calls that make, check, renew and remove them. */
export interface Runners {
  readonly all: readonly KeptRunner[];
  /** The living runner of a token. */
  find(token: unknown): KeptRunner | undefined;
  /** Undefined when the request is none of these. */
  answer(incoming: Incoming): Answer | undefined;
}

export function createRunners(options: TestCoordinatorOptions, problem: (text: string) => void): Runners {
  const all: KeptRunner[] = [];
  const add = (token: string, parameters: Readonly<Record<string, unknown>> = {}): KeptRunner => {
    const runner = {
      id: 42 + all.length,
      token,
      description: String(parameters['description'] ?? ''),
      parameters,
      managers: new Map<string, RunnerInfo>(),
      revoked: false,
      paused: parameters['paused'] === true,
      removed: false,
    };
    all.push(runner);
    return runner;
  };
  for (const token of options.tokens ?? []) add(token);
  const find = (token: unknown): KeptRunner | undefined =>
    all.find((runner) => runner.token === token && !runner.revoked && !runner.removed);
  const details = ({ id, token }: KeptRunner) => ({ id, token, token_expires_at: null });

  const register = ({ json: body }: Incoming): Answer => {
    if (body?.['token'] === undefined) return missing('token');
    if (options.registrationToken === undefined)
      return json(410, { message: '410 Gone - Runner registration disallowed' });
    if (body['token'] !== options.registrationToken) return forbidden();
    const wrong = infoProblem(body['info']);
    if (wrong !== undefined) problem(`POST /runners: ${wrong}`);
    const { run_untagged, tag_list } = body;
    if (run_untagged === false && !tag_list)
      return json(400, {
        message: { tags_list: ['can not be empty when runner is not allowed to pick untagged jobs'] },
      });
    return json(201, details(add(`t1_registered-${all.length}-secret`, body)));
  };
  const verify = (incoming: Incoming): Answer => {
    const { json: body } = incoming;
    if (body?.['token'] === undefined) return missing('token');
    const runner = find(body['token']);
    if (runner === undefined) return forbidden();
    if (header(incoming, 'runner-token') !== runner.token) problem('verify without the RUNNER-TOKEN header');
    if (typeof body['system_id'] === 'string') runner.managers.set(body['system_id'], body['info'] as RunnerInfo);
    return json(200, details(runner));
  };
  const create = (incoming: Incoming): Answer => {
    const refusal = personal.refuse(incoming, ['api', 'create_runner']);
    if (refusal !== undefined) return refusal;
    const parameters = incoming.json ?? {};
    const type = parameters['runner_type'];
    if (!['instance_type', 'group_type', 'project_type'].includes(String(type))) return missing('runner_type');
    if (type === 'project_type' && parameters['project_id'] === undefined) return missing('project_id');
    if (type === 'group_type' && parameters['group_id'] === undefined) return missing('group_id');
    const { tag_list, run_untagged, maximum_timeout } = parameters;
    if (run_untagged === false && !tag_list)
      return json(400, {
        message: { tags_list: ['can not be empty when runner is not allowed to pick untagged jobs'] },
      });
    if (typeof maximum_timeout === 'number' && maximum_timeout < 600)
      return json(400, { message: { maximum_timeout: ['needs to be at least 10 minutes'] } });
    if (type === 'instance_type' && !personal.isAdmin) return forbidden();
    if (!personal.mayCreate(type, parameters)) return forbidden();
    return json(201, details(add(`glrt-created-${all.length}-secret`, parameters)));
  };
  const remove = ({ json: body }: Incoming): Answer => {
    if (body?.['token'] === undefined) return missing('token');
    const runner = find(body['token']);
    if (runner === undefined) return forbidden();
    runner.removed = true;
    return { status: 204 };
  };
  const removeManager = ({ json: body }: Incoming): Answer => {
    if (body?.['token'] === undefined) return missing('token');
    if (body['system_id'] === undefined) return missing('system_id');
    const runner = find(body['token']);
    if (runner === undefined) return forbidden();
    return runner.managers.delete(String(body['system_id']))
      ? { status: 204 }
      : json(404, { message: '404 Not found' });
  };
  const renew = (runner: KeptRunner | undefined): Answer => {
    if (runner === undefined) return forbidden();
    runner.token = `glrt-renewed-${runner.id}-${runner.token.length}`;
    return json(201, { token: runner.token, token_expires_at: '2030-01-01T00:00:00.000Z' });
  };
  const renewById = (incoming: Incoming, id: number): Answer =>
    personal.refuse(incoming, ['api']) === undefined
      ? renew(all.find((runner) => runner.id === id && !runner.removed))
      : json(401, { message: '401 Unauthorized' });

  const personal = createPersonal(options);

  return {
    all,
    find,
    answer(incoming) {
      const route = `${incoming.method} ${incoming.path.replace('/api/v4/', '')}`;
      const byId = /^POST runners\/(\d+)\/reset_authentication_token$/.exec(route);
      if (byId !== null) return renewById(incoming, Number(byId[1]));
      switch (route) {
        case 'POST runners':
          return register(incoming);
        case 'POST runners/verify':
          return verify(incoming);
        case 'POST user/runners':
          return create(incoming);
        case 'DELETE runners':
          return remove(incoming);
        case 'DELETE runners/managers':
          return removeManager(incoming);
        case 'POST runners/reset_authentication_token':
          return renew(find(incoming.json?.['token']));
        default:
          return personal.answer(incoming, route, all);
      }
    },
  };
}
