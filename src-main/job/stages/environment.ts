import { tracesScripts } from '../../base/debug-trace.ts';
import type { ScriptWriter, ShellOptions } from '../../shells/types.ts';
import { jobPaths } from './paths.ts';
import type { StageContext } from './types.ts';

/** A writer for one stage, with the options that the job's feature flags ask for. */
export const newWriter = ({ shell, variables, directories, runner }: StageContext): ScriptWriter => {
  const options: ShellOptions = {
    posixEscapes: variables.flag('FF_POSIXLY_CORRECT_ESCAPES'),
    exitCodeCheck: variables.flag('FF_ENABLE_BASH_EXIT_CODE_CHECK'),
    legacyEval: variables.flag('FF_USE_LEGACY_BASH_EVAL'),
    trace: tracesScripts(runner, variables.get('CI_DEBUG_TRACE')),
    relativeFolder: directories.project,
    asFile: variables.flag('FF_DISABLE_POWERSHELL_STDIN'),
    pathResolver: variables.flag('FF_USE_POWERSHELL_PATH_RESOLVER'),
  };
  return shell.createWriter(options);
};

/**
 * Exports all variables of the job in their order, then what earlier stages wrote to GITLAB_ENV
 * (spec/job-lifecycle.md 4.5). File variables are written anew each time, so that edits do not survive; on a machine
 * that is shared with other people they are readable by their owner only.
 */
export const writeEnvironment = (writer: ScriptWriter, context: StageContext, options?: { files: boolean }): void => {
  const { variables, traits, directories } = context;
  const paths = jobPaths(context);
  const files = variables.all.filter(({ file, key }) => file && isVariableName(key));
  writer.makeDirectory(directories.temporary, { private: traits.sharedEnvironment });
  if ((options?.files ?? true) && files.length > 0) {
    writer.writeFiles(
      files.map(({ key, value }) => ({ path: paths.fileVariable(key), content: value })),
      { private: traits.sharedEnvironment },
    );
  }
  for (const { key, value, file, internal } of variables.all)
    if (file) writer.fileVariable(key, value, paths.fileVariable(key), { write: false });
    // Over SSH the folder counts from the home of whoever signs in, which a script leaves at once.
    else if (internal && key === 'CI_BUILDS_DIR') writer.fileVariable(key, '', value, { write: false });
    else writer.variable(key, value);
  writer.fileVariable('GITLAB_ENV', '', paths.environmentFile, { write: false });
  writer.sourceEnvironmentFile(paths.environmentFile);
  if (variables.flag('FF_GIT_URLS_WITHOUT_TOKENS'))
    writer.fileVariable('GIT_CONFIG_GLOBAL', '', paths.globalConfig, { write: false });
};

/** Names that every shell can export; others end the script with a sentence (see ScriptWriter.variable). */
const isVariableName = (key: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);
