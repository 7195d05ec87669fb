import type { JobVariable } from '../../../src-shared/payload.ts';
import type { Problems } from '../problems.ts';
import type { YamlMap } from '../yaml/value.ts';
import type { RuleFacts } from './rules.ts';

/** What every job of a file is compiled against. */
export interface JobContext {
  readonly stages: readonly string[];
  /** `default:` and the old keys at the top. */
  readonly defaults: YamlMap;
  /** `variables:` at the top and those of the workflow rule. */
  readonly globalVariables: readonly JobVariable[];
  readonly predefined: readonly JobVariable[];
  /** Given with the run: they beat everything. */
  readonly runVariables: readonly JobVariable[];
  readonly facts: Omit<RuleFacts, 'lookup'>;
  /** SHA-1 over the files (those that exist) of a cache key; undefined when none of them does. */
  readonly hashFiles: (files: readonly string[]) => string | undefined;
  readonly pipelineName: string | undefined;
  readonly problems: Problems;
}
