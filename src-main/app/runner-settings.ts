import { checkConfig } from '../../src-shared/config/check.ts';
import { keyAt } from '../../src-shared/config/describe.ts';
import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { type Edit, removeValue, setValue } from '../../src-shared/toml/edit.ts';
import { isTable } from '../../src-shared/toml/values.ts';
import { withoutLogin } from '../gitlab/index.ts';

/** Who a runner is and how it signs in: changed by adding, resetting and removing, not here. */
const identity = ['url', 'id', 'token', 'token_obtained_at', 'token_expires_at'];

const isProxy = (path: readonly string[], value: unknown): value is string =>
  path.join('.') === 'harrier.proxy' && typeof value === 'string';

/** The entry with dotted names (`docker.image`), tables opened, without secrets (the login in the address of a proxy is one) and without what makes its identity. */
export function settingsOfRunner(runner: RunnerConfig): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const take = (table: Readonly<Record<string, unknown>>, path: readonly string[]): void => {
    for (const [name, value] of Object.entries(table)) {
      const here = [...path, name];
      const described = keyAt(['runners', ...here]);
      if (
        described === undefined ||
        described.secret ||
        described.open ||
        (path.length === 0 && identity.includes(name))
      )
        continue;
      if (isTable(value)) take(value, here);
      else if (!(value instanceof Date)) values[here.join('.')] = isProxy(here, value) ? withoutLogin(value) : value;
    }
  };
  take(runner, []);
  return values;
}

/**
 * Changes keys of one entry; null takes one out. The edit throws INPUT_INVALID with the key's name when a value is
 * not one that the key can have: it is judged by the schema of the whole file.
 */
export const changeRunner =
  (index: number, values: Readonly<Record<string, unknown>>, concurrent: number | undefined): Edit =>
  (text) => {
    let after = text;
    for (const [name, value] of Object.entries(values)) {
      const path = name.split('.');
      const described = keyAt(['runners', ...path]);
      if (described === undefined || identity.includes(name) || described.kind === 'table')
        throw new HarrierError('INPUT_INVALID', `${name} is no setting of a runner that can be changed here`);
      after = (
        value === null ? removeValue(['runners', index, ...path]) : setValue(['runners', index, ...path], value)
      )(after);
    }
    if (concurrent !== undefined) after = setValue(['concurrent'], concurrent)(after);
    const known = new Set(checkConfig(text).runners.map(({ path, message }) => `${path.join('.')} ${message}`));
    const problem = checkConfig(after).runners.find(
      (each) => each.index === index && !known.has(`${each.path.join('.')} ${each.message}`),
    );
    if (problem !== undefined) throw new HarrierError('INPUT_INVALID', problem.message);
    return after;
  };
