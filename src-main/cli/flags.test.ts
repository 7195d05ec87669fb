import { describe, expect, it } from 'vitest';
import { registerFlags, settingsOf } from '../app/register-flags.ts';
import { type Flag, parseFlags } from '../base/flags.ts';

const flags: Flag[] = [
  { names: ['config', 'c'], kind: 'text', env: 'CONFIG_FILE' },
  { names: ['locked'], kind: 'boolean', env: 'LOCKED' },
  { names: ['limit'], kind: 'integer', env: 'LIMIT' },
  { names: ['env'], kind: 'list', env: 'RUNNER_ENV' },
  { names: ['docker-allowed-users'], kind: 'list' },
  { names: ['sysctls'], kind: 'map', env: 'SYSCTLS' },
];
const parse = (args: readonly string[], env = {}) => {
  const { values, rest, warnings } = parseFlags(flags, args, env);
  return {
    ...Object.fromEntries(values),
    ...(rest.length > 0 ? { rest } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
};

describe('flags as the official parser reads them', () => {
  it.each([
    { why: 'two dashes, value behind', args: ['--config', 'x'], values: { config: 'x' } },
    { why: 'one dash', args: ['-config', 'x'], values: { config: 'x' } },
    { why: 'the short name', args: ['-c', 'x'], values: { config: 'x' } },
    { why: 'an equals sign, also inside the value', args: ['--config=a=b'], values: { config: 'a=b' } },
    { why: 'an empty value', args: ['--config='], values: { config: '' } },
    { why: 'a value that looks like a flag', args: ['--limit', '-1'], values: { limit: -1 } },
    { why: 'a boolean without value', args: ['--locked'], values: { locked: true } },
    { why: 'a boolean with value', args: ['--locked=false'], values: { locked: false } },
    {
      why: 'a word behind a boolean is an argument, and told',
      args: ['--locked', 'false'],
      values: {
        locked: true,
        rest: ['false'],
        warnings: ['write --locked=false: a word behind a flag without value is an argument of its own'],
      },
    },
    { why: 'a list grows', args: ['--env', 'A=1', '--env=B=2'], values: { env: ['A=1', 'B=2'] } },
    {
      why: 'underscores are dashes',
      args: ['--docker-allowed_users', 'root'],
      values: { 'docker-allowed-users': ['root'] },
    },
    { why: 'a map grows', args: ['--sysctls', 'a=1', '--sysctls', 'b:2'], values: { sysctls: { a: '1', b: '2' } } },
    { why: 'the last one counts', args: ['-c', 'x', '-c', 'y'], values: { config: 'y' } },
    {
      why: 'flags behind arguments',
      args: ['job', '--limit', '2', 'other'],
      values: { limit: 2, rest: ['job', 'other'] },
    },
    { why: 'two dashes end the flags', args: ['--', '--limit'], values: { rest: ['--limit'] } },
    { why: 'one dash alone is an argument', args: ['-'], values: { rest: ['-'] } },
  ])('$why', ({ args, values }) => {
    expect(parse(args)).toEqual(values);
  });

  it.each([
    { why: 'a variable counts where the flag is absent', args: [], env: { CONFIG_FILE: 'e' }, values: { config: 'e' } },
    { why: 'the flag goes before it', args: ['-c', 'x'], env: { CONFIG_FILE: 'e' }, values: { config: 'x' } },
    { why: 'an empty one says nothing', args: [], env: { CONFIG_FILE: '', LOCKED: '' }, values: {} },
    { why: 'a boolean', args: [], env: { LOCKED: '0' }, values: { locked: false } },
    { why: 'a list as JSON', args: [], env: { RUNNER_ENV: '["A=1","B=x,y"]' }, values: { env: ['A=1', 'B=x,y'] } },
    { why: 'a list of one', args: [], env: { RUNNER_ENV: 'A=1,2' }, values: { env: ['A=1,2'] } },
    { why: 'a map as JSON', args: [], env: { SYSCTLS: '{"a":"1","b":2}' }, values: { sysctls: { a: '1', b: '2' } } },
  ])('the environment: $why', ({ args, env, values }) => {
    expect(parse(args, env)).toEqual(values);
  });

  it.each([
    { why: 'an unknown flag', args: ['--nope'], message: 'there is no flag --nope' },
    {
      why: 'with the one that was meant',
      args: ['--conf', 'x'],
      message: 'there is no flag --conf; did you mean --config?',
    },
    { why: 'no value', args: ['--config'], message: '--config needs a value' },
    { why: 'no number', args: ['--limit', 'two'], message: '--limit must be a whole number, found "two"' },
    { why: 'no boolean', args: ['--locked=maybe'], message: '--locked must be true or false, found "maybe"' },
    { why: 'no pair', args: ['--sysctls', 'x'], message: '--sysctls must be KEY=VALUE or JSON' },
  ])('refused: $why', ({ args, message }) => {
    expect(() => parse(args)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', message }));
  });
});

describe('register has a flag for every key', () => {
  it.each([
    {
      args: ['--docker-image', 'x', '--docker-pull-policy', 'never', '--docker-privileged'],
      settings: { docker: { image: 'x', pull_policy: ['never'], privileged: true } },
    },
    {
      args: ['--cache-type', 's3', '--cache-s3-server-address', 'h', '--cache-s3-role-arn=r'],
      settings: { cache: { Type: 's3', s3: { ServerAddress: 'h', RoleARN: 'r' } } },
    },
    {
      args: ['--cache-gcs-access-id', 'a', '--cache-s3-server-side-encryption-key-id', 'k'],
      settings: { cache: { gcs: { AccessID: 'a' }, s3: { ServerSideEncryptionKeyID: 'k' } } },
    },
    {
      args: ['--env', 'A=1', '--limit=2', '--custom_build_dir-enabled'],
      settings: { environment: ['A=1'], limit: 2, custom_build_dir: { enabled: true } },
    },
    {
      args: ['--feature-flags', 'FF_TIMESTAMPS=false', '--tls-ca-file', 'ca'],
      settings: { feature_flags: { FF_TIMESTAMPS: false }, 'tls-ca-file': 'ca' },
    },
    {
      args: ['--ssh-port', '22', '--virtualbox-base-name', 'vm', '--custom-run-args', '-x'],
      settings: { ssh: { port: '22' }, virtualbox: { base_name: 'vm' }, custom: { run_args: ['-x'] } },
    },
  ])('$args', ({ args, settings }) => {
    expect(settingsOf(parseFlags(registerFlags, args, {}))).toEqual(settings);
  });

  it('variables of the environment do the same', () => {
    const env = {
      DOCKER_IMAGE: 'x',
      CACHE_S3_BUCKET_NAME: 'b',
      RUNNER_SHELL: 'sh',
      RUNNER_PRE_BUILD_SCRIPT: 'p',
      CLONE_URL: 'u',
    };
    expect(settingsOf(parseFlags(registerFlags, [], env))).toEqual({
      docker: { image: 'x' },
      cache: { s3: { BucketName: 'b' } },
      shell: 'sh',
      pre_build_script: 'p',
      clone_url: 'u',
    });
  });

  it('no two flags share a name or a variable', () => {
    const names = registerFlags.flatMap((flag) => flag.names);
    expect(names).toHaveLength(new Set(names).size);
    const variables = registerFlags.map(({ env }) => env).filter((env) => env !== undefined);
    expect(variables).toHaveLength(new Set(variables).size);
  });
});
