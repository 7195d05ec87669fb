import fc from 'fast-check';
import { setUp } from '../../src-main/job/setup.ts';
import { shellTraits } from '../../src-main/job/testing/traits.ts';
import type { JobRequest } from '../../src-main/job/types.ts';
import { parsePayload } from '../../src-shared/payload.ts';
import { buildPayload } from '../support/coordinator/payload.ts';
import { target } from './run.ts';

const real = buildPayload(
  {
    script: ['echo $A', 'make ${{ job.inputs.what }}'],
    afterScript: ['true'],
    inputs: [{ key: 'what', value: { type: 'string', content: 'all', sensitive: false } }],
    image: { name: 'debian:12', entrypoint: ['sh'], ports: [] },
    services: [{ name: 'postgres', alias: 'db' }],
    artifacts: [{ name: 'a', paths: ['out/'], when: 'always', expire_in: '1 week' }],
    cache: [{ key: 'k', paths: ['c/'], policy: 'pull-push', when: 'on_success' }],
    variables: [
      { key: 'A', value: '$B x ${C}' },
      { key: 'B', value: 'secret-value', masked: true },
      { key: 'F', value: 'text', file: true },
    ],
  } as Parameters<typeof buildPayload>[0],
  { id: 7, token: 'job-token' },
  { url: 'http://gitlab.test' },
);

type Path = readonly (string | number)[];
const pathsIn = (value: unknown, at: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...at, key]))]
    : [at];
const put = (value: unknown, [key, ...rest]: Path, next: unknown): unknown => {
  if (key === undefined) return next;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = Array.isArray(value) ? (Object.assign([], value) as never) : { ...value };
  copy[String(key)] = put(copy[String(key)], rest, next);
  return copy;
};

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, -1, 1e308, 2 ** 53, '', '\0', '${{ job.inputs.what }}', '${{', '$'.repeat(50), [], {}, [null]),
  fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ' ', '/', '..', '%', '\n', '${{ job.inputs.x }}') }),
);
const changed = fc
  .array(fc.tuple(fc.constantFrom(...pathsIn(real)), odd), { maxLength: 5 })
  .map((changes) => changes.reduce<unknown>((value, [path, next]) => put(value, path, next), real));

export const payloadTargets = [
  target({
    name: 'payload parser',
    inputs: fc.oneof(
      { weight: 3, arbitrary: changed },
      fc.jsonValue(),
      fc.anything({ withBigInt: true, withDate: true }),
    ),
    read(input) {
      const parsed = parsePayload(input);
      if (!parsed.ok && parsed.problem.problems.length === 0) throw new Error('refused without a reason');
    },
  }),
  target({
    name: 'job set-up and expansion',
    inputs: changed,
    read(input) {
      const parsed = parsePayload(input);
      if (!parsed.ok) return;
      const setup = setUp({ ...request, payload: parsed.payload }, shellTraits);
      for (const { key } of setup.variables.all) setup.variables.get(key);
    },
  }),
];

const request = {
  runner: { name: 'r', url: 'http://gitlab.test', token: 'glrt-token', executor: 'shell' },
  info: {},
  systemId: 's_1',
  hostname: 'host',
  banner: 'harrier',
  workingDirectory: '/work',
  slot: { runnerId: 0, projectRunnerId: 0 },
  jobFolder: '/jobs/1',
} as unknown as Omit<JobRequest, 'payload'>;
