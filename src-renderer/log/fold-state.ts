import { countAtMost, type Problem, type Section } from '../../src-shared/trace/index.ts';

/** What a person folded or unfolded by hand, by section id; everything else is as it is by default. */
export type FoldChoices = ReadonlyMap<number, boolean>;

/** Sections of the runner itself: of interest when they fail, in the way otherwise. */
const housekeeping =
  /^(?:prepare_executor|prepare_script|get_sources|clear_worktree|restore_cache|download_artifacts|archive_cache(?:_on_failure)?|upload_artifacts(?:_on_\w+)?|cleanup_file_variables)$/;

/**
 * Folded when the job said so, or when it is the runner's own and has ended. A section that holds a problem stays open:
 * what a person looks for must not hide.
 */
export function isFolded(section: Section, choices: FoldChoices, problems: readonly Problem[]): boolean {
  const choice = choices.get(section.id);
  if (choice !== undefined) return choice;
  if (holdsProblem(section, problems)) return false;
  return section.collapsed || (section.endLine !== undefined && housekeeping.test(section.name));
}
/** Problems are in the order of their lines. */
export function holdsProblem({ line, endLine }: Section, problems: readonly Problem[]): boolean {
  const next = problems[countAtMost(problems.length, line, (at) => (problems[at] as Problem).line)];
  return next !== undefined && next.line < (endLine ?? Number.POSITIVE_INFINITY);
}

/** The lines that are hidden: all of a folded section but its header. */
export const foldedRanges = (
  sections: readonly Section[],
  choices: FoldChoices,
  problems: readonly Problem[],
  lines: number,
): (readonly [number, number])[] =>
  sections
    .filter((section) => isFolded(section, choices, problems))
    .map((section) => [section.line + 1, section.endLine ?? lines] as const);

/** Choices that show a line: every section around it is unfolded. */
export function unfoldAround(
  line: number,
  sections: readonly Section[],
  choices: FoldChoices,
  problems: readonly Problem[],
): FoldChoices {
  const around = sections.filter(
    (section) =>
      section.line < line &&
      line < (section.endLine ?? Number.POSITIVE_INFINITY) &&
      isFolded(section, choices, problems),
  );
  if (around.length === 0) return choices;
  return new Map([...choices, ...around.map((section) => [section.id, false] as const)]);
}
