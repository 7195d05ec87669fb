import { writeCommands } from './commands.ts';
import { newWriter, writeEnvironment } from './environment.ts';
import type { StageContext } from './types.ts';

/** A user step with the build hooks of the config around it, all in one shell (spec/job-lifecycle.md 1.2, 1.9). */
export const renderStep = (index: number, context: StageContext): string | undefined => {
  const { payload, runner, variables, directories } = context;
  const step = payload.steps?.[index];
  if (step === undefined) return undefined;
  const script = step.script ?? [];
  const writer = newWriter(context);
  writeEnvironment(writer, context);
  writer.changeDirectory(directories.project);
  if (runner.pre_build_script) writeCommands(writer, context, 'pre_build_script', [runner.pre_build_script]);
  // The server writes the release step; its lines hold variables that no shell would replace.
  const lines = step.name === 'release' ? script.map((line) => variables.expand(line)) : script;
  writeCommands(writer, context, 'script_step', lines);
  if (runner.post_build_script) writeCommands(writer, context, 'post_build_script', [runner.post_build_script]);
  return writer.finish();
};

/** The step of that name; without lines there is nothing to run. */
export const renderAfterScript = (context: StageContext): string | undefined => {
  const script = context.payload.steps?.find(({ name }) => name === 'after_script')?.script ?? [];
  if (script.length === 0) return undefined;
  const writer = newWriter(context);
  writeEnvironment(writer, context);
  writer.changeDirectory(context.directories.project);
  writer.notice('Running after script...');
  writeCommands(writer, context, 'after_script_step', script);
  return writer.finish();
};
