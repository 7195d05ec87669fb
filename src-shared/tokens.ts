/** GitLab's token prefixes (spec/job-lifecycle.md 9.3). Personal tokens (`glpat-`) stand apart: they are always hidden. */
export const tokenPrefixes = [
  'gloas-',
  'gldt-',
  'glrt-',
  'glcbt-',
  'glrtr-',
  'glptt-',
  'glft-',
  'glimt-',
  'glagent-',
  'glsoat-',
  'glffct-',
  '_gitlab_session=',
  'gltok-',
] as const;

/** The last four characters, which is all of a token that a person is ever shown. */
export const tokenTail = (token: string | undefined): string =>
  token !== undefined && token.length > 8 ? token.slice(-4) : '';

const anyToken = new RegExp(`(?:glpat-|${tokenPrefixes.join('|')})[0-9A-Za-z._=-]{4,}`);
/** Whether a text holds something that looks like a token: it is not quoted then. */
export const holdsToken = (text: string): boolean => anyToken.test(text);
