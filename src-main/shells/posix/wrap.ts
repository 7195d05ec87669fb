import type { ShellOptions } from '../types.ts';
import { type Line, plainBody, tracedBody } from './lines.ts';
import { quote } from './quote.ts';

/**
 * The layout around a stage's lines (spec/job-lifecycle.md 5.1): options, then one subshell without stdin that evaluates
 * the body, so that a user's `exit`, traps and options end with it and its exit code is the real one.
 * The TERM traps make a stopped script end with 1; without them bash before 4.4 and from 5.3 prints the whole script.
 *
 * Who runs the script in a subshell of its own without stdin anyway (executors/shell/driver.ts) sets
 * `_harrier_takes_body`, and evaluates `_harrier_body` after it: each `eval` around a job's lines is one more `+` in
 * what `set -x` prints, and the official runner has one.
 */
export const wrapScript = (
  shell: 'bash' | 'sh',
  lines: readonly Line[],
  { trace, legacyEval }: Pick<ShellOptions, 'trace' | 'legacyEval'>,
): string => {
  const takes = !trace && !legacyEval;
  const body = trace ? traced(lines) : takes ? 'eval "$_harrier_body"' : `eval ${quote(plainBody(lines))}`;
  return [
    `#!/usr/bin/env ${shell}`,
    '',
    "trap 'exit 1' TERM",
    ...(trace ? ['set -o xtrace'] : []),
    trace ? shownPipefail : quickPipefail,
    'set -o errexit',
    'set +o noclobber',
    ...(takes ? [`_harrier_body=${quote(`unset _harrier_body; ${plainBody(lines)}`)}`] : []),
    ...(takes ? ['if [ -z "${_harrier_takes_body-}" ]; then'] : []),
    legacyEval ? `: | { ${body}; }` : `( trap 'exit 1' TERM; ${body} ) < /dev/null`,
    // The `exit` of a login shell runs ~/.bash_logout, where Debian's clear_console fails without a console.
    '{ set +o errexit; } 2>/dev/null',
    'exit 0',
    ...(takes ? ['fi'] : []),
    '',
  ].join('\n');
};

// In a container `bash` may turn out to be another sh (its image has no bash); dash has no pipefail before 0.5.13.
const quickPipefail = 'if [ -n "${BASH_VERSION-}" ] || (set -o pipefail) 2>/dev/null; then set -o pipefail; fi';
/** What the official runner asks; it takes two processes, which a traced job does not mind. */
const shownPipefail = 'if set -o | grep pipefail > /dev/null; then set -o pipefail; fi';

const traced = (lines: readonly Line[]): string => {
  const { before, exports, after } = tracedBody(lines);
  const quiet = '{ set +o xtrace; } 2>/dev/null';
  return [
    ...(before === '' ? [] : [quiet, `eval ${quote(before)}`, '{ set -o xtrace; } 2>/dev/null']),
    ...(exports === '' ? [] : [`eval ${quote(exports)}`]),
    quiet,
    `eval ${quote(after)}`,
  ].join('; ');
};
