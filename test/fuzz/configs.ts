import fc from 'fast-check';
import { expandEnv } from '../../src-main/config/expand.ts';
import { readConfig } from '../../src-main/config/load.ts';
import { HarrierError } from '../../src-shared/errors.ts';
import { removeValue, setValue } from '../../src-shared/toml/edit.ts';
import { valuesOf } from '../../src-shared/toml/values.ts';
import { target } from './run.ts';

const real = `concurrent = 4
check_interval = 3 # seconds
log_level = "info"
[session_server]
  session_timeout = 1800
[harrier]
  drain_timeout = "10m"
[[runners]]
  name = "one"
  url = "https://gitlab.test/"
  token = "\${TOKEN}"
  executor = "docker"
  environment = ["A=1", 'B=2']
  [runners.docker]
    image = "alpine"
    volumes = ["/cache"]
    [[runners.docker.services]]
      name = "redis"
  [runners.cache]
    Type = "s3"
    [runners.cache.s3]
      BucketName = """b"""
[[runners]]
  name = "two"
  limit = 2
  executor = "shell"
`;
const parts = fc.constantFrom(
  ...[
    '[',
    ']',
    '[[',
    ']]',
    '{',
    '}',
    '=',
    '.',
    ',',
    '"',
    "'",
    '"""',
    "'''",
    '#',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\\',
    '\\u00',
    '\0',
    '\uFEFF',
  ],
  ...[
    'runners',
    'docker',
    'name',
    'url',
    'limit',
    'concurrent',
    'cache',
    'true',
    '1',
    '-',
    '+',
    '1e9',
    '0x',
    '1979-05-27',
    'inf',
    '_',
    '😀',
  ],
);
const soup = fc.array(parts, { maxLength: 40 }).map((found) => found.join(''));
/** A real file with some characters taken out and others put in. */
const damaged = fc
  .array(fc.tuple(fc.nat(real.length), fc.nat(6), fc.oneof(parts, fc.string({ maxLength: 4 }))), { maxLength: 4 })
  .map((changes) =>
    changes.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), real),
  );
const text = fc.oneof(damaged, soup, fc.string({ unit: 'binary', maxLength: 200 }));

const refuses = (codes: readonly string[], work: () => void): void => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HarrierError) || !codes.includes(error.code)) throw error;
  }
};
const paths = fc.array(
  fc.constantFrom<string | number>(
    'runners',
    'docker',
    'name',
    'limit',
    'cache',
    'a b',
    'services',
    'x',
    0,
    1,
    7,
    '__proto__',
    '',
  ),
  { minLength: 1, maxLength: 4 },
);
const values = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.array(fc.string(), { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 2 }),
);

export const configTargets = [
  target({
    name: 'config loader',
    inputs: text,
    read: (input) =>
      refuses(['CONFIG_INVALID'], () => {
        readConfig(input, 'config.toml', { TOKEN: 'glrt-x' });
      }),
  }),
  target({
    name: 'config editor',
    inputs: fc.record({ text, path: paths, value: values, take: fc.boolean() }),
    read: (input) =>
      // INTERNAL: a place that the editor will not touch; nothing is changed then.
      refuses(['CONFIG_INVALID', 'INPUT_INVALID', 'INTERNAL'], () => {
        const { path, value } = input;
        valuesOf((input.take ? removeValue(path) : setValue(path, value))(input.text).replace(/^\uFEFF/, ''));
      }),
  }),
  target({
    name: 'config expansion',
    inputs: fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', 'B', '_', ' ', '%', ':', '-', '\\', '😀') }),
    read: (input) => void expandEnv(input, { A: '$B', B: '${A}' }),
  }),
];
