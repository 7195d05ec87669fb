import { describe, expect, it } from 'vitest';
import { parseReference, withDefaultTag } from '../../../../src-shared/docker/reference.ts';
import type { BuildLog } from '../../../base/build-log.ts';
import { silentLogger } from '../../../base/logger.ts';
import { type DockerSettings, readSettings } from '../settings.ts';
import { checkAllowed } from './allowed.ts';
import { pullFailureReason } from './classify.ts';
import { createCredentials } from './credentials/find.ts';
import { defaultHelperImage } from './helper.ts';
import { choosePolicies } from './policy.ts';

const settings = (docker: Record<string, unknown> = {}): DockerSettings => readSettings({ docker });
const digest = `sha256:${'a'.repeat(64)}`;
const recordingLog = (lines: string[]): BuildLog => ({
  plain: (text) => void lines.push(text),
  info: (text) => void lines.push(text),
  warning: (text) => void lines.push(`WARNING: ${text}`),
  error: (text) => void lines.push(`ERROR: ${text}`),
  raw: (text) => void lines.push(text),
});

describe('references', () => {
  it.each([
    { text: 'alpine', parts: { registry: 'docker.io', path: 'alpine', tag: '', digest: '' } },
    { text: 'a/b:1.2', parts: { registry: 'docker.io', path: 'a/b', tag: '1.2', digest: '' } },
    { text: 'Reg.io:5000/a/b', parts: { registry: 'reg.io:5000', path: 'a/b', tag: '', digest: '' } },
    { text: 'localhost/x', parts: { registry: 'localhost', path: 'x', tag: '', digest: '' } },
    { text: `r.io/x:1@${digest}`, parts: { registry: 'r.io', path: 'x', tag: '1', digest } },
  ])('$text', ({ text, parts }) => expect(parseReference(text)).toEqual(parts));
  it.each(['', 'UPPER', 'a b', 'a:', 'x@sha256:short', 'a//b', '-a'])('"%s" is none', (text) =>
    expect(parseReference(text)).toBeUndefined(),
  );
  it('gets a tag when it has neither tag nor digest', () => {
    expect(withDefaultTag('r.io:5000/x')).toBe('r.io:5000/x:latest');
    expect(withDefaultTag('x:1')).toBe('x:1');
    expect(withDefaultTag(`x@${digest}`)).toBe(`x@${digest}`);
  });
});

describe('pull policies', () => {
  it.each([
    { why: 'the default', docker: {}, asked: [], effective: ['always'] },
    { why: 'the config', docker: { pull_policy: ['never', 'always'] }, asked: [], effective: ['never', 'always'] },
    {
      why: 'the job, as far as it is allowed',
      docker: { pull_policy: 'always', allowed_pull_policies: ['always', 'never'] },
      asked: ['if-not-present', 'never'],
      effective: ['never'],
    },
  ])('$why', ({ docker, asked, effective }) =>
    expect(choosePolicies('x', asked, settings(docker)).effective).toEqual(effective),
  );
  it('refuses what is not allowed, naming both lists', () => {
    expect(() => choosePolicies('x', ['always'], settings({ pull_policy: 'if-not-present' }))).toThrow(
      'invalid pull policy for image "x": pull_policy ([always]) defined in GitLab pipeline config is not one of the allowed_pull_policies ([if-not-present])',
    );
  });
  it('refuses an unknown one', () =>
    expect(() => choosePolicies('x', [], settings({ pull_policy: 'sometimes' }))).toThrow(
      'unsupported pull_policy config',
    ));
});

it.each([
  { message: 'dial tcp: lookup x: no such host', reason: 'runner_external_dependency_failure' },
  { message: 'pull access denied for x', reason: 'runner_configuration_error' },
  { message: 'manifest for x:1 not found', reason: 'runner_configuration_error' },
  { message: 'toomanyrequests: rate limit', reason: 'image_pull_failure' },
])('$message -> $reason', ({ message, reason }) => expect(pullFailureReason(message)).toBe(reason));

describe('allow lists', () => {
  it.each([
    { image: 'ruby:3', patterns: ['ruby:*'], allowed: true },
    { image: 'my.registry/a/b:1', patterns: ['my.registry/**'], allowed: true },
    { image: 'my.registry/a/b:1', patterns: ['my.registry/*'], allowed: false },
    { image: 'own:1', patterns: ['x'], allowed: true },
    { image: 'any', patterns: [], allowed: true },
  ])('$image against $patterns', ({ image, patterns, allowed }) => {
    const lines: string[] = [];
    const check = () => checkAllowed(image, { kind: 'images', patterns, own: 'own:1', log: recordingLog(lines) });
    if (allowed) return void check();
    expect(check).toThrow('disallowed image');
    expect(lines).toEqual([
      '',
      `ERROR: The "${image}" image is not present on list of allowed images:`,
      ...patterns.map((pattern) => `- ${pattern}`),
      '',
      "Please check runner's allowed_images configuration: https://docs.gitlab.com/runner/configuration/advanced-configuration/",
    ]);
  });
});

describe('the default helper image', () => {
  const info = {
    osType: 'linux',
    architecture: 'x86_64',
    kernelVersion: '6.1',
    serverVersion: '',
    apiVersion: '',
    name: '',
    operatingSystem: '',
    rootless: false,
    podman: false,
  };
  const tag = (more: Partial<typeof info>, flavor?: string, shell = 'bash') =>
    defaultHelperImage({ ...info, ...more }, { flavor, shell }).split(':')[1];
  it.each([
    { why: 'as it is', found: tag({}), expected: 'x86_64-v19.4.0' },
    { why: 'Arm', found: tag({ architecture: 'aarch64' }), expected: 'arm64-v19.4.0' },
    { why: 'a flavour', found: tag({}, 'ubuntu'), expected: 'ubuntu-x86_64-v19.4.0' },
    { why: 'PowerShell', found: tag({}, 'alpine', 'pwsh'), expected: 'x86_64-v19.4.0-pwsh' },
    {
      why: 'Windows',
      found: tag({ osType: 'windows', kernelVersion: '10.0 20348 (20348.1.amd64fre)' }),
      expected: 'x86_64-v19.4.0-servercore21H2',
    },
  ])('$why', ({ found, expected }) => expect(found).toBe(expected));
  it('an unknown Windows is named', () =>
    expect(() => tag({ osType: 'windows', kernelVersion: '10.0 11111' })).toThrow(
      'detecting base image: unsupported Windows version: 10.0 11111',
    ));
});

describe('registry credentials', () => {
  const auth = Buffer.from('user:pa:ss').toString('base64');
  const find = (variable: string, lines: string[] = [], sent: { url: string }[] = []) =>
    createCredentials(
      {
        job: {
          id: 1,
          token: 't',
          credentials: sent.map(({ url }) => ({ type: 'registry', url, username: 'ci', password: 'p' })),
        } as Parameters<typeof createCredentials>[0]['job'],
        variables: [
          {
            key: 'DOCKER_AUTH_CONFIG',
            value: variable,
            file: false,
            public: false,
            masked: false,
            raw: true,
            internal: false,
          },
        ],
        log: recordingLog(lines),
        appLog: silentLogger,
      },
      { HOME: '/nonexistent' },
      async (name, action) =>
        action === 'list'
          ? '{"store.io": "me"}'
          : JSON.stringify({ Username: name === 'token' ? '<token>' : 'me', Secret: `secret of ${name}` }),
    );

  it.each([
    { why: 'by host', config: { auths: { 'r.io': { auth } } }, image: 'r.io/a/b:1', username: 'user' },
    { why: 'by path', config: { auths: { 'r.io/a': { auth } } }, image: 'r.io/a/b:1', username: 'user' },
    { why: 'another path', config: { auths: { 'r.io/c': { auth } } }, image: 'r.io/a/b:1', username: undefined },
    {
      why: 'Docker Hub by its old name',
      config: { auths: { 'https://index.docker.io/v1/': { auth } } },
      image: 'alpine',
      username: 'user',
    },
    { why: 'a store', config: { credsStore: 'keys' }, image: 'store.io/x', username: 'me' },
    { why: 'a helper wins over a store', config: { credHelpers: { 'h.io': 'desk' } }, image: 'h.io/x', username: 'me' },
  ])('$why', async ({ config, image, username }) => {
    const found = await find(JSON.stringify(config))(image);
    expect(found?.auth.username).toBe(username);
    if (username === 'user') expect(found?.auth.password).toBe('pa:ss');
  });
  it('an identity token', async () => {
    const found = await find('{"credHelpers":{"t.io":"token"}}')('t.io/x');
    expect(found?.auth).toEqual({ identitytoken: 'secret of token', serveraddress: 't.io' });
  });
  it('text that is no JSON is passed over, and never repeated in the log', async () => {
    const lines: string[] = [];
    const found = await find('{secret-text', lines, [{ url: 'r.io' }])('r.io/x');
    expect(found).toMatchObject({ source: 'job payload (GitLab Registry)', auth: { username: 'ci' } });
    expect(lines.join()).toContain('Failed to resolve credentials from $DOCKER_AUTH_CONFIG');
    expect(lines.join()).not.toContain('secret-text');
  });
  it('a helper’s name that is a path fails the job', async () => {
    await expect(find('{"credHelpers":{"x.io":"../../tmp/evil"}}')('x.io/x')).rejects.toThrow(
      'path traversal is not allowed',
    );
  });
});
