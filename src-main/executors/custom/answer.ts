import * as v from 'valibot';
import { messageOf } from '../../../src-shared/errors.ts';

const text = v.nullish(v.string('text'));
const answerSchema = v.looseObject(
  {
    driver: v.nullish(v.looseObject({ name: text, version: text }, 'an object')),
    hostname: text,
    builds_dir: text,
    cache_dir: text,
    builds_dir_is_shared: v.nullish(v.boolean('true or false')),
    job_env: v.nullish(v.record(v.string(), v.string('text'), 'an object')),
    shell: text,
  },
  'an object',
);
/** What a driver may say about one job. Absent and null: nothing. */
export type DriverAnswer = v.InferOutput<typeof answerSchema>;

/** Reads what `config_exec` printed; nothing is a good answer too. Throws with what is wrong and how it began. */
export const readAnswer = (output: string): DriverAnswer => {
  if (output.trim() === '') return {};
  const value = parse(output);
  if (Array.isArray(value)) throw new Error('error while parsing JSON output: it must be an object, found a list');
  const parsed = v.safeParse(answerSchema, value);
  if (parsed.success) return parsed.output;
  const wrong = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'it'} must be ${issue.message}, found ${issue.received}`,
  );
  throw new Error(`error while parsing JSON output: ${wrong.join('; ')}`);
};

const parse = (output: string): unknown => {
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new Error(`error while parsing JSON output: ${messageOf(error)}`, { cause: error });
  }
};
