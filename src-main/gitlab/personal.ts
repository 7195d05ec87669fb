import * as v from 'valibot';
import { jsonOf } from './answers.ts';
import type { Http, Reply } from './http.ts';
import { refusalOf } from './registration.ts';
import type { PersonalAnswer, PersonalApi } from './types.ts';

const tokenSchema = v.looseObject({
  name: v.nullish(v.string(), ''),
  scopes: v.nullish(v.array(v.string()), []),
  revoked: v.nullish(v.boolean(), false),
  active: v.nullish(v.boolean(), true),
  expires_at: v.nullish(v.string()),
});
const userSchema = v.looseObject({ username: v.string(), is_admin: v.nullish(v.boolean(), false) });
const groupsSchema = v.array(
  v.looseObject({ id: v.number(), full_path: v.string(), full_name: v.nullish(v.string()) }),
);
const projectsSchema = v.array(
  v.looseObject({ id: v.number(), path_with_namespace: v.string(), name_with_namespace: v.nullish(v.string()) }),
);
const pathsSchema = v.nullish(
  v.array(v.looseObject({ full_path: v.optional(v.string()), path_with_namespace: v.optional(v.string()) })),
  [],
);
const runnerSchema = v.looseObject({
  id: v.number(),
  runner_type: v.nullish(v.string(), ''),
  tag_list: v.nullish(v.array(v.string()), []),
  run_untagged: v.nullish(v.boolean(), true),
  locked: v.nullish(v.boolean(), false),
  paused: v.nullish(v.boolean(), false),
  access_level: v.nullish(v.string(), 'not_protected'),
  maximum_timeout: v.nullish(v.number()),
  groups: v.nullish(v.array(v.looseObject({ web_url: v.nullish(v.string()) })), []),
  projects: pathsSchema,
});

/** So many rows are more than a person reads; typing finds the rest. */
const rowsOfAPage = 20;
/** Somebody looks on: a server that asks for a longer pause is an answer to show. */
const longestWaitMs = 5000;
/** GitLab's numbers of roles: a project's runners are made by maintainers, a group's by owners. */
const [maintainer, owner] = [40, 50];

/** What a personal access token can see and do. The token is sent, and kept nowhere. */
export function createPersonalApi(http: Http, now: () => number, token: string): PersonalApi {
  const get = async <S extends v.GenericSchema>(path: string, schema: S): Promise<PersonalAnswer<v.InferOutput<S>>> => {
    const reply = await http.send({
      method: 'GET',
      path,
      headers: { accept: 'application/json', 'PRIVATE-TOKEN': token },
      longestWaitMs,
    });
    return readAs(reply, schema, now());
  };
  return {
    async self() {
      const answer = await get('personal_access_tokens/self', tokenSchema);
      if (!answer.ok) return answer;
      const { name, scopes, revoked, active, expires_at } = answer.value;
      return {
        ok: true,
        value: { name, scopes, usable: active && !revoked, ...(expires_at ? { expiresAt: expires_at } : {}) },
      };
    },
    async user() {
      const answer = await get('user', userSchema);
      return answer.ok ? { ok: true, value: { name: answer.value.username, isAdmin: answer.value.is_admin } } : answer;
    },
    async version() {
      const answer = await get('version', v.looseObject({ version: v.string() }));
      return answer.ok ? { ok: true, value: answer.value.version } : answer;
    },
    async targets(kind, text) {
      const search = text === '' ? '' : `&search=${encodeURIComponent(text)}`;
      if (kind === 'group') {
        const answer = await get(
          `groups?per_page=${rowsOfAPage}&min_access_level=${owner}&order_by=path${search}`,
          groupsSchema,
        );
        if (!answer.ok) return answer;
        return {
          ok: true,
          value: answer.value.map(({ id, full_path, full_name }) => ({
            id,
            path: full_path,
            name: full_name ?? full_path,
          })),
        };
      }
      const answer = await get(
        `projects?per_page=${rowsOfAPage}&min_access_level=${maintainer}&simple=true&order_by=last_activity_at&search_namespaces=true${search}`,
        projectsSchema,
      );
      if (!answer.ok) return answer;
      return {
        ok: true,
        value: answer.value.map(({ id, path_with_namespace: path, name_with_namespace: name }) => ({
          id,
          path,
          name: name ?? path,
        })),
      };
    },
    async runner(id) {
      const answer = await get(`runners/${id}`, runnerSchema);
      if (!answer.ok) return answer;
      const found = answer.value;
      return {
        ok: true,
        value: {
          type: found.runner_type,
          tags: found.tag_list,
          runUntagged: found.run_untagged,
          locked: found.locked,
          paused: found.paused,
          protectedOnly: found.access_level === 'ref_protected',
          ...(found.maximum_timeout ? { maximumTimeout: found.maximum_timeout } : {}),
          projects: found.projects.flatMap(({ path_with_namespace: path }) => (path ? [path] : [])),
          groups: found.groups.flatMap(({ web_url: url }) => (url ? [url] : [])),
        },
      };
    },
  };
}

function readAs<S extends v.GenericSchema>(reply: Reply, schema: S, nowMs: number): PersonalAnswer<v.InferOutput<S>> {
  const parsed = v.safeParse(schema, jsonOf(reply, 200));
  return parsed.success ? { ok: true, value: parsed.output } : refusalOf(reply, nowMs);
}
