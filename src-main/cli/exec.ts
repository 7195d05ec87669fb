import { HarrierError } from '../../src-shared/errors.ts';
import { runExec } from '../app/exec.ts';
import type { Parsed } from '../base/flags.ts';

/** `harrier exec [JOB…]`: the pipeline of a local repository. */
export async function exec(input: Parsed): Promise<number> {
  const concurrent = input.integer('concurrent');
  return runExec(
    {
      cwd: input.text('cwd') ?? '.',
      list: input.boolean('list') === true,
      jobs: input.rest,
      debug: input.boolean('debug') === true,
      variables: variablesOf(input.list('variable')),
      ...(concurrent !== undefined ? { concurrent } : {}),
    },
    {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      colours: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    },
  );
}

function variablesOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      if (equals < 1) throw new HarrierError('INPUT_INVALID', `--variable ${entry}: write KEY=VALUE`);
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}
