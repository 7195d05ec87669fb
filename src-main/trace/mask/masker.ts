import type { MaskRules } from '../types.ts';
import { createMarkerMasker, type MarkerRule } from './markers.ts';
import { createPhraseMasker } from './phrases.ts';

/** Hides secrets in a stream of bytes. What it gives may share memory with what it was given. */
export interface Masker {
  write(chunk: Buffer): Buffer;
  /** Releases what is still held back. */
  end(): Buffer;
}

const empty = Buffer.alloc(0);

/**
 * Phrases, then URL parameters, then token prefixes (spec/job-lifecycle.md 9.1 to 9.3). The rules are compiled once for
 * a job; each of its streams asks for a masker of its own.
 */
export function compileMasks(rules: MaskRules): () => Masker {
  const phrases = [...new Set(rules.phrases.map((phrase) => phrase.trim()))]
    .filter((phrase) => phrase !== '')
    .map((phrase) => Buffer.from(phrase))
    .sort((a, b) => b.length - a.length);
  const tokens = rules.tokenPrefixes.length > 0 ? prefixRule(rules.tokenPrefixes) : undefined;
  return () =>
    chain([
      ...(phrases.length > 0 ? [createPhraseMasker(phrases)] : []),
      createMarkerMasker(urlRule),
      ...(tokens ? [createMarkerMasker(tokens)] : []),
    ]);
}

const chain = (stages: readonly Masker[]): Masker => ({
  write: (chunk) => stages.reduce<Buffer>((data, stage) => (data.length === 0 ? data : stage.write(data)), chunk),
  end: () =>
    stages.reduce<Buffer>((data, stage) => {
      const before = data.length === 0 ? empty : stage.write(data);
      const rest = stage.end();
      return rest.length === 0 ? before : Buffer.concat([before, rest]);
    }, empty),
});

const parameters = [
  'private_token',
  'authenticity_token',
  'rss_token',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
];
const bytes = (belongs: (code: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) => (belongs(code) ? 1 : 0));

const urlRule: MarkerRule = {
  hints: ['?', '&'],
  mark: new RegExp(`[?&](?:${parameters.join('|')})=`, 'gi'),
  marks: parameters.flatMap((name) => [`?${name}=`, `&${name}=`]),
  ignoreCase: true,
  hidden: bytes((code) => !(code <= 0x20 || code === 0x7f || code === 0x26 || code === 0x3f)),
  evenEmpty: true,
};

const prefixRule = (prefixes: readonly string[]): MarkerRule => {
  // Longest first, so that `glrt-` never hides that it was `glrtr-` (regular expressions take the first that fits).
  const known = [...new Set(prefixes)].filter((prefix) => prefix !== '').sort((a, b) => b.length - a.length);
  const spelled = known.map((prefix) => Buffer.from(prefix).toString('latin1'));
  return {
    // Two letters are enough to pass over most chunks, and few enough searches.
    hints: [...new Set(known.map((prefix) => prefix.slice(0, 2)))],
    mark: new RegExp(spelled.map((prefix) => prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g'),
    marks: spelled,
    ignoreCase: false,
    hidden: bytes((code) => /[0-9A-Za-z._=-]/.test(String.fromCharCode(code))),
    evenEmpty: false,
  };
};
