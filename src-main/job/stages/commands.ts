import type { ScriptWriter } from '../../shells/types.ts';
import type { StageContext } from './types.ts';

/** Names of the folded sections of multi-line commands (FF_SCRIPT_SECTIONS). */
export type CommandPrefix =
  | 'script_step'
  | 'after_script_step'
  | 'pre_build_script'
  | 'post_build_script'
  | 'pre_clone_script'
  | 'post_clone_script';

/** Lines of a user, each after its echo (spec/job-lifecycle.md 5.3). */
export const writeCommands = (
  writer: ScriptWriter,
  { payload, variables }: StageContext,
  prefix: CommandPrefix,
  commands: readonly string[],
): void => {
  const sections = variables.flag('FF_SCRIPT_SECTIONS') && (payload.features?.trace_sections ?? false);
  for (const [index, item] of commands.entries()) {
    const command = item.trim();
    if (command === '') {
      writer.emptyLine();
      continue;
    }
    const [first = '', ...rest] = command.split('\n');
    if (rest.length === 0) writer.notice(`$ ${command}`);
    else if (sections) {
      writer.sectionStart(`${prefix}_${index}`, `$ ${command}`);
      writer.sectionEnd(`${prefix}_${index}`);
    } else writer.notice(`$ ${first} # collapsed multi-line command`);
    writer.line(command);
  }
};
