import { ansi } from '../shells/ansi.ts';

const boldCyan = '\x1b[36;1m';

/** Log sections (spec/job-lifecycle.md 6.2); no markers without `features.trace_sections`. */
export const sectionStart = (name: string, unixSeconds: number, markers: boolean): string =>
  markers ? `section_start:${unixSeconds}:${name}\r${ansi.clear}` : '';

export const sectionHeader = (title: string): string => `${ansi.clear}${boldCyan}${title}${ansi.reset}${ansi.reset}\n`;

export const sectionEnd = (name: string, unixSeconds: number, markers: boolean): string =>
  markers ? `section_end:${unixSeconds}:${name}\r${ansi.clear}` : '';

/** The header of each stage. */
export const stageTitles = {
  prepare_script: 'Preparing environment',
  get_sources: 'Getting source from Git repository',
  clear_worktree: 'Deleting all tracked and untracked files due to source fetch failure',
  restore_cache: 'Restoring cache',
  download_artifacts: 'Downloading artifacts',
  after_script: 'Running after_script',
  archive_cache: 'Saving cache for successful job',
  archive_cache_on_failure: 'Saving cache for failed job',
  upload_artifacts_on_success: 'Uploading artifacts for successful job',
  upload_artifacts_on_failure: 'Uploading artifacts for failed job',
  cleanup_file_variables: 'Cleaning up project directory and file based variables',
} as const;
export type StageName = keyof typeof stageTitles;

export const stepStage = (step: string): string => `step_${step.toLowerCase()}`;
export const stepTitle = (stage: string): string => `Executing "${stage}" stage of the job script`;
