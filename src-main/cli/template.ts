import { checkConfig } from '../../src-shared/config/check.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { isTable } from '../../src-shared/toml/values.ts';
import { readConfigText } from '../config/index.ts';

/** The one `[[runners]]` of a template file, without its token (spec/config-toml.md 3). */
export async function readTemplate(path: string): Promise<Record<string, unknown>> {
  const found = await readConfigText(path);
  if (found === undefined) throw new HarrierError('CONFIG_NOT_FOUND', `there is no template ${path}`);
  const { config, fatal, runners } = checkConfig(found.text);
  const problem = [...fatal, ...runners][0];
  if (problem !== undefined)
    throw new HarrierError('CONFIG_INVALID', `${path}:${problem.position?.line ?? 1}: ${problem.message}`);
  const [entry, ...others] = config?.runners ?? [];
  if (entry === undefined || others.length > 0)
    throw new HarrierError(
      'INPUT_INVALID',
      `${path} must hold exactly one [[runners]], found ${others.length + (entry ? 1 : 0)}`,
    );
  const { token: _token, id: _id, token_obtained_at: _obtained, token_expires_at: _expires, ...rest } = entry;
  return rest;
}

/** What flags leave empty comes from the template, table by table. */
export function withTemplate(
  given: Readonly<Record<string, unknown>>,
  template: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...template };
  for (const [name, value] of Object.entries(given)) {
    const below = template[name];
    result[name] = isTable(value) && isTable(below) ? withTemplate(value, below) : value;
  }
  return result;
}
