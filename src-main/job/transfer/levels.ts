import type { CompressionLevel } from '../../archive/types.ts';
import { helperLine } from './lines.ts';
import type { TransferContext } from './types.ts';
import { expandWord } from './word.ts';

const levels: readonly CompressionLevel[] = ['fastest', 'fast', 'default', 'slow', 'slowest'];

/** ARTIFACT_COMPRESSION_LEVEL, CACHE_COMPRESSION_LEVEL; a wrong one is said and passed over. */
export function compressionLevel(context: TransferContext, name: string): CompressionLevel {
  const wanted = context.variable(name) ?? '';
  if (wanted === '') return 'default';
  const known = levels.find((level) => level === wanted.toLowerCase());
  if (!known)
    context.printHelper(helperLine('warning', `compression level "${wanted}" is invalid, falling back to default`));
  return known ?? 'default';
}

/** Names and paths as the helper expands them; what cannot be expanded stays as it is, with a warning. */
export function expandOrKeep(context: TransferContext, text: string, what: 'name' | 'path'): string {
  const expanded = expandWord(text, context.variable);
  if ('value' in expanded) return expanded.value;
  const subject = what === 'name' ? 'artifact name' : `path "${text}"`;
  context.printHelper(helperLine('warning', `invalid ${subject}: ${expanded.problem}`));
  return text;
}

/** A number of a job variable, or what stands for it. */
export function numberOf(context: TransferContext, name: string, fallback: number): number {
  const value = Number(context.variable(name) ?? '');
  return Number.isFinite(value) && value > 0 ? value : fallback;
}
