import { type ExecutorCheck, failed, findProgram, ok, textIn } from './tools.ts';

const programs = ['config_exec', 'prepare_exec', 'run_exec', 'cleanup_exec'] as const;

/** Each program that is named exists and may be run. */
export const checkCustom: ExecutorCheck = async (settings, env) => {
  const named = programs.flatMap((key) => {
    const program = textIn(settings, 'custom', key);
    return program === '' ? [] : [{ key, program }];
  });
  return Promise.all(
    named.map(async ({ key, program }) => {
      const found = await findProgram(program, env);
      return found === undefined
        ? failed(key, `${program} is no program that can be run`, 'Check the path, and that the file is executable.')
        : ok(key, `${found} can be run`);
    }),
  );
};
