import { keyAt } from '../../src-shared/config/describe.ts';
import { isTable } from '../../src-shared/toml/values.ts';
import { addRunner } from '../config/index.ts';
import { type EntryRequest, runnerEntry } from './runner-entry.ts';

/** The lines that adding a runner puts into a config file; number and token come from GitLab, secrets are left out. */
export function previewRunner(text: string, url: string, request: EntryRequest): string {
  const entry = runnerEntry(
    { ...request, settings: withoutSecrets(request.settings, []) },
    { url, id: 0, token: 'glrt-…', obtainedAt: new Date(0), expiresAt: new Date(0) },
  );
  const shown = Object.entries(entry).filter(
    ([name]) => !['id', 'token_obtained_at', 'token_expires_at'].includes(name),
  );
  const after = addRunner(Object.fromEntries(shown))(text).split('\n');
  const before = text.split('\n');
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return after
    .slice(start, after.length - end)
    .join('\n')
    .trim();
}

const withoutSecrets = (table: Readonly<Record<string, unknown>>, path: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(table).map(([name, value]) => {
      const here = [...path, name];
      if (keyAt(['runners', ...here])?.secret === true) return [name, Array.isArray(value) ? ['…'] : '…'];
      return [name, isTable(value) ? withoutSecrets(value, here) : value];
    }),
  );
