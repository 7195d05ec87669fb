import { parseBool } from '../../../src-shared/parse-bool.ts';
import type { ResolvedVariable } from '../types.ts';

/** Replaces `$NAME` and `${NAME}` by job variables, once; unknown names are empty. */
export const createExpand = (variables: readonly ResolvedVariable[]): ((text: string) => string) => {
  const values = new Map(variables.map(({ key, value }) => [key, value]));
  return (text) =>
    text.replace(/\$\$|\$\{([^}]*)\}|\$(\w+)/g, (found, braced?: string, plain?: string) =>
      found === '$$' ? '$' : (values.get(braced ?? plain ?? '') ?? ''),
    );
};

/** Whether a feature flag is on. */
export const isOn = (variables: readonly ResolvedVariable[], key: string): boolean =>
  parseBool(variables.find((each) => each.key === key)?.value ?? '') === true;
