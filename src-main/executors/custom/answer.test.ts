import { expect, it } from 'vitest';
import { readAnswer } from './answer.ts';

it.each([
  { why: 'nothing', output: '\n', answer: {} },
  { why: 'all of it', output: '{"driver":{"name":"d"},"builds_dir_is_shared":true,"job_env":{"A":"b"}}' },
  { why: 'keys of another version', output: '{"more":1}', answer: { more: 1 } },
  { why: 'no JSON', output: 'Starting...\n{}', error: /^error while parsing JSON output: Unexpected token .*Starting/ },
  { why: 'half of it', output: '{"builds_dir":', error: /^error while parsing JSON output: / },
  { why: 'another type', output: '{"builds_dir":5}', error: /output: builds_dir must be text, found 5/ },
  { why: 'a number in job_env', output: '{"job_env":{"A":1}}', error: /output: job_env\.A must be text, found 1/ },
  { why: 'a list', output: '[]', error: /output: it must be an object, found a list/ },
])('what a driver prints: $why', ({ output, answer, error }) => {
  if (error !== undefined) expect(() => readAnswer(output)).toThrow(error);
  else expect(readAnswer(output)).toEqual(answer ?? JSON.parse(output));
});
