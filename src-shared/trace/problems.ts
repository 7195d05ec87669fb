/** Lines that tell why a job failed, found by how common tools print them. */

/** Cheap look at much text at once: only lines that hold one of these words are looked at closely. */
export const problemHint =
  /err|fail|panic|fatal|exception|traceback|not ok |command not found|caused by|\*\*\* |:\d+:\d+: /gi;

/** Each rule sees the line as a person sees it. Order: specific before general. */
const rules: readonly RegExp[] = [
  /^\s*(?:[\w.]+(?:Error|Exception))\b\s*[:(]/,
  /^\s*[^\s:]+[:(]\d+(?:[:,]\d+)?\)?\s*:?\s*(?:-\s*)?(?:fatal\s+)?\w*(?:error|exception)\b/i,
  // A message at a place (`main.go:5:2: undefined: x`) is an error unless it says what else it is.
  /^\s*(?:[A-Za-z]:)?[\w@.\-/\\]+\.\w{1,8}:\d+:\d+: (?!\s*(?:warning|note|info|hint|style|remark|debug)\b)\S/i,
  // eslint and its kin name the file on a line above.
  /^\s+\d+:\d+\s+error\s/,
  /\berror (?:TS|CS|MSB|C|LNK)\d+\b/,
  /^\s*error(?:\[\w+\])?\s*:/i,
  /^\s*(?:\[\w+\]\s*)?\[?ERR(?:OR)?[\]!: ]\s*\S/,
  /^\s*(?:npm ERR!|yarn error|fatal:|panic:|E {3}\S|Traceback \(most recent call last\))/,
  /^\s*Caused by: \S/,
  /^\s*thread '[^']*' panicked at /,
  /^(?:PHP )?(?:Fatal|Parse) error: /,
  /^\S+\.rb:\d+:in .*\([\w:]+(?:Error|Exception)\)$/,
  /^\s*(?:FAIL(?:ED|URE)?\b[: ]|--- FAIL|not ok \d)/,
  /: command not found$/,
  /^\s*make(?:\[\d+\])?: \*\*\* /,
];

/** How the runner itself ends a failed job. */
export const isJobFailed = (text: string): boolean => /^ERROR: Job failed/.test(text);

/** The line names an error, and it is not a count of none (`0 errors`, `no failures`). */
export function isProblem(text: string): boolean {
  if (text.length > 2000 || /\b(?:0|no) (?:errors?|failures?|failed)\b/i.test(text)) return false;
  return rules.some((rule) => rule.test(text));
}
