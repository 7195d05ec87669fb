import type { TokenKind } from './runner-calls.ts';

/**
 * What kind a token is, by its prefix. A server may have prefixes of its own and old tokens have none: `unknown`; only
 * the server knows then.
 */
export function tokenKindOf(token: string): TokenKind {
  if (token.startsWith('glrt-')) return 'runner';
  if (token.startsWith('glrtr-') || token.startsWith('GR1348941')) return 'registration';
  return token.startsWith('glpat-') ? 'personal' : 'unknown';
}

/** A token without the blanks and line ends that come along when it is copied. */
export const cleanToken = (text: string): string => text.replace(/\s+/g, '');
