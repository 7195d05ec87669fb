import { assertNever } from '../../../src-shared/errors.ts';
import { renderCleanup } from './cleanup.ts';
import { renderClear } from './clear.ts';
import { renderPrepare } from './prepare.ts';
import { renderSources } from './sources.ts';
import { renderAfterScript, renderStep } from './steps.ts';
import type { RenderStage } from './types.ts';

/** The script of a stage: written once, rendered by the job's shell. */
export const renderStage: RenderStage = (stage, context) => {
  switch (stage.name) {
    case 'prepare_script':
      return renderPrepare(context);
    case 'get_sources':
      return renderSources(context);
    case 'clear_worktree':
      return renderClear(context);
    case 'step':
      return renderStep(stage.index, context);
    case 'after_script':
      return renderAfterScript(context);
    case 'cleanup_file_variables':
      return renderCleanup(context);
    default:
      return assertNever(stage);
  }
};
export { filesToCleanUp } from './cleanup.ts';
export { badBoolean, badInteger, type GitSettings, type GitStrategy, readGitSettings } from './settings.ts';
export type * from './types.ts';
