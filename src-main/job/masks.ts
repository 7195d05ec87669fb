import type { JobPayload } from '../../src-shared/payload.ts';
import { tokenPrefixes } from '../../src-shared/tokens.ts';
import type { MaskRules } from '../trace/types.ts';
import { sensitiveInputs } from './variables/index.ts';
import type { JobVariables } from './variables/types.ts';

/**
 * What is hidden in a job's log: masked variables, sensitive inputs, the job's token (the server masks it too, but a
 * server that forgot must not leak it), and everything that looks like a GitLab token. No limit of 15 prefixes.
 */
export const maskRules = (payload: JobPayload, variables: JobVariables | undefined): MaskRules => {
  const masked = variables
    ? variables.all.filter((variable) => variable.masked).map(({ value }) => value)
    : (payload.variables ?? []).filter((variable) => variable.masked).map(({ value }) => value ?? '');
  // git sends the token as basic authorisation; a trace of git's own requests shows it in that form.
  const authorisation = Buffer.from(`gitlab-ci-token:${payload.token}`).toString('base64');
  const phrases = [...masked, ...sensitiveInputs(payload), payload.token, authorisation]
    .map((text) => text.trim())
    .flatMap(withShownForms);
  const all = variables?.flag('FF_MASK_ALL_DEFAULT_TOKENS') ?? true;
  const prefixes = [
    ...(payload.features?.token_mask_prefixes ?? []).map((prefix) => prefix.trim()),
    'glpat-',
    ...(all ? tokenPrefixes : []),
  ];
  return { phrases: distinct(phrases), tokenPrefixes: distinct(prefixes) };
};

/**
 * A value as it is and as a traced script shows it (CI_DEBUG_TRACE), where that differs: quoted once by `set -x`, twice
 * in a line that is itself shown as an argument, and escaped where it holds control characters.
 */
const withShownForms = (text: string): string[] => {
  const once = text.replaceAll("'", "'\\''");
  const twice = once.replaceAll("'", "'\\''");
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\', "'": "\\'" };
  const escaped = /[\n\t\r]/.test(text) ? text.replace(/[\n\t\r\\']/g, (found) => escapes[found] ?? found) : text;
  return distinct([text, once, twice, escaped]);
};

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].filter((text) => text !== '');
