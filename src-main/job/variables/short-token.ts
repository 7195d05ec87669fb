/** Prefixes that say what a token is and nothing about which one (spec/job-lifecycle.md 2.2). */
const prefix = /^(?:glrt-(?:t[123]_)?|t[123]_|glrtr-|glcbt-|GR[0-9A-Fa-f]{7})/;

/** The part of a token that may be shown: nine characters after its prefix. Names folders and CI_RUNNER_SHORT_TOKEN. */
export const shortToken = (token: string): string => token.replace(prefix, '').slice(0, 9);
