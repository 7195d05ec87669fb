import { parseBool } from '../../src-shared/parse-bool.ts';
import { readAttempts } from './attempts.ts';
import type { JobContext } from './context.ts';
import { badBoolean, badInteger, readGitSettings } from './stages/index.ts';

/**
 * What is wrong with the settings in a job's variables, in the official runner's words and order: one warning holds all
 * of it. Each bad value counts as its default.
 */
export const settingProblems = ({ setup, request }: JobContext): string[] => {
  const { variables, payload, flags } = setup;
  const get = (name: string): string => variables.get(name) ?? '';
  const booleans = (names: readonly string[], standard: boolean): string[] =>
    names.flatMap((name) => badBoolean(name, get(name), standard) ?? []);
  return [
    ...booleans(['CI_DEBUG_SERVICES', 'CI_DEBUG_TRACE'], false),
    ...readGitSettings(variables, payload).problems,
    ...readAttempts(variables).problems,
    ...booleans(['AFTER_SCRIPT_IGNORE_ERRORS'], true),
    ...(badInteger('CACHE_REQUEST_TIMEOUT', get('CACHE_REQUEST_TIMEOUT'), 10) ?? []),
    ...(request.runner.debug_trace_disabled === true
      ? ['CI_DEBUG_TRACE', 'CI_DEBUG_SERVICES']
          .filter((name) => parseBool(get(name)) === true)
          .map((name) => `${name}: usage is disabled on this Runner`)
      : []),
    // The official runner parses flags twice and complains twice.
    ...flags.problems,
    ...flags.problems,
  ];
};
