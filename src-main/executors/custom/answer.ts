import * as v from 'valibot';
import { messageOf } from '../../../src-shared/errors.ts';

const text = v.nullish(v.string());
const answerSchema = v.looseObject({
  driver: v.nullish(v.looseObject({ name: text, version: text })),
  hostname: text,
  builds_dir: text,
  cache_dir: text,
  builds_dir_is_shared: v.nullish(v.boolean()),
  job_env: v.nullish(v.record(v.string(), v.string())),
  shell: text,
});
/** What a driver may say about one job. Absent and null: nothing. */
export type DriverAnswer = v.InferOutput<typeof answerSchema>;

/** Reads what `config_exec` printed; nothing is a good answer too. Throws with what is wrong and how it began. */
export const readAnswer = (output: string): DriverAnswer => {
  if (output.trim() === '') return {};
  const parsed = v.safeParse(answerSchema, parse(output));
  if (parsed.success) return parsed.output;
  const wrong = parsed.issues.map((issue) => {
    const key = v.getDotPath(issue) ?? 'the answer';
    return `${key} must be ${issue.expected ?? 'another value'}, found ${issue.received}`;
  });
  throw new Error(`error while parsing JSON output: ${wrong.join('; ')}`);
};

const parse = (output: string): unknown => {
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new Error(`error while parsing JSON output: ${messageOf(error)}`, { cause: error });
  }
};
