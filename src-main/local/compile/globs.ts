// Not by way of the room's index: the list of jobs would load the whole archiver.
import { compileGlob } from '../../archive/glob.ts';

/**
 * A pattern of `changes`, `exists` and `include` as Ruby's File.fnmatch reads it (PATHNAME, DOTMATCH, EXTGLOB): two
 * stars mean folders only in front of a slash (`src/**` is `src/*`). Paths begin at the root of the repository.
 */
export function globMatcher(pattern: string): (file: string) => boolean {
  const text = pattern.replace(/^\.?\/+/, '');
  const glob = compileGlob(text.replace(/\*\*+(?!\/)/g, '*').replace(/([^/{,])\*\*+\//g, '$1*/'));
  // What is no pattern (an open bracket) is a name.
  return glob === undefined ? (file) => file === text : (file) => file === text || glob.matches(file);
}
