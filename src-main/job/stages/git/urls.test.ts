import { describe, expect, it } from 'vitest';
import { createBench, type JobSpec } from '../testing/job.ts';
import { remoteOf } from './urls.ts';

const remote = ({
  repo = 'https://gitlab-ci-token:t%2Fk@gl.example/g/p.git',
  ...spec
}: JobSpec & { repo?: string }) => {
  const bench = createBench();
  try {
    return remoteOf(
      bench.context({ serverUrl: 'https://gl.example/', ...spec, payload: { git_info: { repo_url: repo } } }),
    );
  } finally {
    bench.close();
  }
};
const rules = (found: ReturnType<typeof remote>) => found.rules.map(({ plain, secret }) => `${plain} -> ${secret}`);

interface Row {
  readonly why: string;
  readonly spec: JobSpec & { repo?: string };
  readonly url: string;
  readonly origin: string | undefined;
  readonly rules: readonly string[];
}

describe('where the repository is', () => {
  it.each<Row>([
    {
      why: 'the address of the job without its credentials; the host and the API with them',
      spec: {},
      url: 'https://gl.example/g/p.git',
      origin: 'https://gl.example',
      rules: [
        'https://gl.example/g/p.git -> https://gitlab-ci-token:t%2Fk@gl.example/g/p.git',
        'https://gl.example/ -> https://gitlab-ci-token:job-token@gl.example/',
      ],
    },
    {
      why: 'GitLab below a path, on another port',
      spec: { repo: 'http://gitlab-ci-token:t@h:8080/gitlab/g/p.git', serverUrl: 'http://h:8080/gitlab' },
      url: 'http://h:8080/gitlab/g/p.git',
      origin: 'http://h:8080',
      rules: [
        'http://h:8080/gitlab/g/p.git -> http://gitlab-ci-token:t@h:8080/gitlab/g/p.git',
        'http://h:8080/gitlab/ -> http://gitlab-ci-token:job-token@h:8080/gitlab/',
        'http://h:8080/ -> http://gitlab-ci-token:t@h:8080/',
      ],
    },
    {
      why: 'clone_url with the path of the project and the token of the job',
      spec: { runner: { clone_url: 'https://inner.example/' }, variables: { CI_PROJECT_PATH: 'g/p' } },
      url: 'https://inner.example/g/p.git',
      origin: 'https://inner.example',
      rules: [
        'https://inner.example/g/p.git -> https://gitlab-ci-token:job-token@inner.example/g/p.git',
        'https://inner.example/ -> https://gitlab-ci-token:job-token@inner.example/',
        'https://gl.example/ -> https://gitlab-ci-token:t%2Fk@gl.example/',
      ],
    },
    {
      why: 'a clone_url over SSH gets a user and no rules',
      spec: { runner: { clone_url: 'ssh://inner.example:2222' }, variables: { CI_PROJECT_PATH: 'g/p' } },
      url: 'ssh://git@inner.example:2222/g/p.git',
      origin: undefined,
      rules: [],
    },
    { why: 'a folder of this machine', spec: { repo: '/srv/p.git' }, url: '/srv/p.git', origin: undefined, rules: [] },
    {
      why: 'an address without credentials has none to give back',
      spec: { repo: 'https://other.example/p.git' },
      url: 'https://other.example/p.git',
      origin: 'https://other.example',
      rules: ['https://gl.example/ -> https://gitlab-ci-token:job-token@gl.example/'],
    },
    {
      why: 'tokenless mode has no rules',
      spec: { variables: { FF_GIT_URLS_WITHOUT_TOKENS: 'true' } },
      url: 'https://gl.example/g/p.git',
      origin: 'https://gl.example',
      rules: [],
    },
  ])('$why', ({ spec, url, origin, rules: expected }) => {
    const found = remote(spec);
    expect({ url: found.url, origin: found.origin, rules: rules(found) }).toEqual({ url, origin, rules: expected });
  });

  it('a rule for a host ends in a slash: another host may begin with its name', () => {
    for (const { plain } of remote({}).rules.slice(1)) expect(plain.endsWith('/')).toBe(true);
  });

  it('credentials are decoded for the header, one login a server', () => {
    expect(remote({}).logins).toEqual([{ origin: 'https://gl.example', user: 'gitlab-ci-token', password: 't/k' }]);
  });

  it.each([
    { why: 'the usual port', port: '22', plain: ['git@gl.example:', 'ssh://git@gl.example/'] },
    { why: 'another port', port: '2222', plain: ['ssh://git@gl.example:2222/'] },
    { why: 'no port given', port: '', plain: ['git@gl.example:', 'ssh://git@gl.example/'] },
  ])('GIT_SUBMODULE_FORCE_HTTPS rewrites SSH addresses: $why', ({ port, plain }) => {
    const variables = {
      GIT_SUBMODULE_FORCE_HTTPS: 'true',
      CI_SERVER_HOST: 'gl.example',
      CI_SERVER_SHELL_SSH_PORT: port,
    };
    const found = remote({ variables });
    expect(found.plainRules).toEqual(plain.map((text) => ({ plain: text, secret: 'https://gl.example/' })));
    expect(found.rules.slice(2)).toEqual(
      plain.map((text) => ({ plain: text, secret: 'https://gitlab-ci-token:job-token@gl.example/' })),
    );
  });
});
