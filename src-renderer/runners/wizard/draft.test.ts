import { describe, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { tokenKindOf } from '../../../src-shared/token-kind.ts';
import {
  addInput,
  type Draft,
  emptyDraft,
  fieldOfMissing,
  fromCommand,
  keepDraft,
  placeOfTrouble,
  withoutSecrets,
} from './draft.ts';
import { offered } from './executor-fields.ts';
import { cleanToken, cleanUrl, isRegisterCommand, readTags } from './paste.ts';

describe('what is pasted', () => {
  it.each([
    ['gitlab-runner register --url https://g', true],
    ['sudo gitlab-runner \\\n register', true],
    ['gitlab-runner.exe register', true],
    ['docker run gitlab/gitlab-runner:latest register', true],
    ['harrier register', true],
    ['gitlab-runner verify', false],
    ['https://gitlab.com/register', false],
    ['glrt-abc', false],
  ])('"%s" is a register command: %s', (text, is) => expect(isRegisterCommand(text)).toBe(is));
  it.each([
    ['gitlab.com', 'https://gitlab.com'],
    [' https://gitlab.com/ \n', 'https://gitlab.com'],
    ['http://10.0.0.1:8080/gitlab/', 'http://10.0.0.1:8080/gitlab'],
    ['', ''],
  ])('"%s" is the address %s', (text, url) => expect(cleanUrl(text)).toBe(url));
  it.each([
    ['a, b,,c', [], ['a', 'b', 'c']],
    ['a\nb', ['b', 'x'], ['b', 'x', 'a']],
    ['"quoted", \'too\'', [], ['quoted', 'too']],
    [' ', ['a'], ['a']],
  ])('"%s" beside %j is the tags %j', (text, known, tags) => expect(readTags(text, known)).toEqual(tags));
  it('a token comes without blanks and line ends', () => expect(cleanToken(' glrt-\n abc ')).toBe('glrt-abc'));
  it.each([
    ['glrt-abc', 'runner'],
    ['glrt-t3_abc', 'runner'],
    ['glrtr-abc', 'registration'],
    ['GR1348941abc', 'registration'],
    ['glpat-abc', 'personal'],
    ['abc', 'unknown'],
  ])('%s is a %s token', (token, kind) => expect(tokenKindOf(token)).toBe(kind));
});

const filled: Draft = { ...emptyDraft, url: 'https://g', token: 'glrt-x' };
const personal: Draft = {
  ...filled,
  token: 'glpat-x',
  check: { ok: true, kind: 'personal', message: '' },
  scope: { type: 'project', id: 7, path: 'a/b' },
};

describe('the call that adds the runner', () => {
  it.each([
    {
      why: 'a runner token sends nothing that GitLab keeps',
      draft: { ...filled, limit: '0', tags: ['ignored'] },
      input: { url: 'https://g', token: 'glrt-x', executor: 'shell', settings: {} },
    },
    {
      why: 'what the executor needs stands in its tables; blanks are cut',
      draft: { ...filled, executor: 'docker', fields: { 'docker.image': ' alpine ' }, name: ' me ', limit: '3' },
      input: {
        url: 'https://g',
        token: 'glrt-x',
        executor: 'docker',
        name: 'me',
        settings: { limit: 3, docker: { image: 'alpine' } },
      },
    },
    {
      why: 'a personal token brings what the runner serves and what GitLab keeps',
      draft: { ...personal, tags: ['a'], runUntagged: false, timeout: '60', note: ' mine ' },
      input: {
        url: 'https://g',
        token: 'glpat-x',
        kind: 'personal',
        executor: 'shell',
        settings: { limit: 1 },
        scope: { type: 'project', id: 7, path: 'a/b' },
        server: {
          tags: ['a'],
          runUntagged: false,
          locked: true,
          protectedOnly: false,
          paused: false,
          maximumTimeout: 3600,
          note: 'mine',
        },
      },
    },
    {
      why: 'without tags it takes jobs without tags',
      draft: { ...filled, token: 'GR1348941x', runUntagged: false },
      input: expect.objectContaining({ server: expect.objectContaining({ tags: [], runUntagged: true }) }),
    },
    {
      why: 'keys of a pasted command go along, an authority too',
      draft: { ...filled, extra: { environment: ['A=1'], docker: { privileged: true } }, caFile: ' /ca.pem ' },
      input: expect.objectContaining({
        caFile: '/ca.pem',
        settings: { environment: ['A=1'], docker: { privileged: true }, limit: 1 },
      }),
    },
  ])('$why', ({ draft, input }) => expect(addInput(draft)).toEqual(input));

  it.each([
    ['SERVER_TLS', 'server', 'url'],
    ['SERVER_UNREACHABLE', 'server', 'url'],
    ['TOKEN_REFUSED', 'token', 'token'],
    ['CONFIG_WRITE_FAILED', 'save', 'save'],
  ])('%s leads back to the step %s, field %s', (code, step, field) =>
    expect(placeOfTrouble(code)).toEqual({ step, field }),
  );

  it('a key that the executor cannot do without is named', () => {
    expect(fieldOfMissing(filled)).toBeUndefined();
    expect(fieldOfMissing({ ...filled, executor: 'docker' })).toBeUndefined();
    expect(fieldOfMissing({ ...filled, executor: 'docker', fields: { 'docker.image': ' ' } })).toBe('docker.image');
    expect(fieldOfMissing({ ...filled, executor: 'ssh' })).toBe('ssh.host');
  });
});

it('a pasted command changes what it names, and nothing else', () => {
  const draft: Draft = { ...filled, name: 'mine', server: { ok: true, message: '' } };
  const change = fromCommand(draft, {
    url: 'https://h',
    executor: 'docker',
    settings: { limit: 4, docker: { image: 'ruby:3', privileged: true }, 'tls-ca-file': '/ca' },
    server: { tags: ['a'], maximumTimeout: 90 },
    unknown: ['--colour'],
    ignored: [],
  });
  expect({ ...draft, ...change }).toMatchObject({
    url: 'https://h',
    server: undefined,
    token: 'glrt-x',
    name: 'mine',
    executor: 'docker',
    limit: '4',
    caFile: '/ca',
    fields: { 'docker.image': 'ruby:3' },
    extra: { docker: { privileged: true } },
    tags: ['a'],
    runUntagged: false,
    timeout: '2',
    unused: { unknown: ['--colour'], ignored: [] },
  });
});

describe('over a reload', () => {
  const memory = (start: string | null = null) => {
    let text = start;
    return {
      getItem: () => text,
      setItem: (_: string, value: string) => void (text = value),
      removeItem: () => void (text = null),
      get text() {
        return text;
      },
    };
  };
  const secrets: Draft = {
    ...filled,
    step: 'save',
    executor: 'ssh',
    fields: { 'ssh.host': 'h', 'ssh.user': 'u', 'ssh.password': 'planted-1' },
    extra: { environment: ['X=planted-2'], cache: { s3: { SecretKey: 'planted-3', BucketName: 'b' } } },
    token: 'glrt-planted-4',
    tags: ['a'],
  };

  it('everything comes back but secrets; the token is asked for again', () => {
    const storage = memory();
    const first = createStore<Draft>()(() => emptyDraft);
    keepDraft(first, storage);
    first.setState(secrets);
    expect(storage.text).not.toContain('planted');
    const second = createStore<Draft>()(() => emptyDraft);
    keepDraft(second, storage);
    expect(second.getState()).toMatchObject({
      step: 'token',
      restored: true,
      token: '',
      url: 'https://g',
      executor: 'ssh',
      fields: { 'ssh.host': 'h', 'ssh.user': 'u' },
      extra: { cache: { s3: { BucketName: 'b' } } },
      tags: ['a'],
    });
  });

  it('a finished or empty draft is kept nowhere', () => {
    const storage = memory();
    const store = createStore<Draft>()(() => emptyDraft);
    keepDraft(store, storage);
    store.setState({ url: 'https://g' });
    expect(storage.text).not.toBeNull();
    store.setState({ added: 'key' });
    expect(storage.text).toBeNull();
    store.setState(emptyDraft);
    expect(storage.text).toBeNull();
  });

  it.each(['not json', '[]', '7', '{"step":"nowhere","tags":"x","fields":[],"url":5,"other":1}'])(
    'what is no draft is passed over: %s',
    (text) => {
      const store = createStore<Draft>()(() => emptyDraft);
      keepDraft(store, memory(text));
      expect(store.getState()).toEqual(emptyDraft);
    },
  );
  it('nothing of the token is in what is kept', () =>
    expect(
      JSON.stringify(withoutSecrets({ ...secrets, check: { ok: true, kind: 'runner', message: 'planted' } })),
    ).not.toContain('planted'));
});

it('executors of other systems are not offered; the commonest come first', () => {
  const all = ['custom', 'docker', 'docker-windows', 'parallels', 'shell', 'ssh'];
  expect(offered(all, 'linux')).toEqual(['shell', 'docker', 'custom', 'ssh']);
  expect(offered(all, 'darwin')).toEqual(['shell', 'docker', 'custom', 'parallels', 'ssh']);
  expect(offered(all, 'win32')).toEqual(['shell', 'docker', 'custom', 'docker-windows', 'ssh']);
});
