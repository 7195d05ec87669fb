import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type RunnerServerView, runnerServerSchema } from '../../src-shared/runner-calls.ts';
import { writeFileAtomic } from '../base/files.ts';
import { parseJson } from '../base/json.ts';

const fileSchema = v.record(v.string(), runnerServerSchema);

/**
 * What GitLab was last known to hold of each runner (tags, protected, paused): a runner's own token cannot read it, so
 * it is noted when Harrier makes a runner, or when a person asks with a personal access token.
 */
export interface ServerFacts {
  of(runner: string): RunnerServerView | undefined;
  set(runner: string, facts: RunnerServerView): Promise<void>;
  /** A new token makes a new key. */
  move(from: string, to: string): Promise<void>;
  forget(runner: string): Promise<void>;
}

/** Kept in one small file of the data folder; a file that cannot be read counts as an empty one. */
export async function openServerFacts(folder: string): Promise<ServerFacts> {
  const path = join(folder, 'server-facts.json');
  const read = v.safeParse(fileSchema, parseJson(await readFile(path, 'utf8').catch(() => '{}')));
  const known = new Map(Object.entries(read.success ? read.output : {}));
  const save = (): Promise<void> => writeFileAtomic(path, JSON.stringify(Object.fromEntries(known)));
  return {
    of: (runner) => known.get(runner),
    async set(runner, facts) {
      known.set(runner, facts);
      await save();
    },
    async move(from, to) {
      const facts = known.get(from);
      if (facts === undefined) return;
      known.delete(from);
      known.set(to, facts);
      await save();
    },
    async forget(runner) {
      if (known.delete(runner)) await save();
    },
  };
}
