import { expect, it } from 'vitest';
import { adviceFor } from './advice.ts';
import { readToml } from './document.ts';

const now = Date.parse('2026-06-01T00:00:00Z');
const entry = (rest: string): string =>
  `concurrent = 4\n[[runners]]\nname = "a"\nurl = "https://g"\ntoken = "t"\nexecutor = "shell"\n${rest}`;

it.each([
  { why: 'nothing to say', text: entry(''), said: [] },
  {
    why: 'a limit that is never reached',
    text: entry('limit = 9'),
    said: ['runners.0.limit: limit = 9 is never reached: concurrent allows 4 jobs over all runners'],
  },
  {
    why: 'http',
    text: entry('').replace('https', 'http'),
    said: ['runners.0.url: url is http: token and code travel unencrypted'],
  },
  { why: 'http on this machine', text: entry('').replace('https://g', 'http://localhost:8080'), said: [] },
  {
    why: 'a token that ended',
    text: entry('token_expires_at = 2026-05-01T00:00:00Z'),
    said: ['runners.0.token_expires_at: the token ended on 2026-05-01; paste a new one'],
  },
  { why: 'a token that never ends', text: entry('token_expires_at = 0001-01-01T00:00:00Z'), said: [] },
  {
    why: 'the same runner twice',
    text: `${entry('')}\n${entry('').split('\n').slice(1).join('\n')}`,
    said: [
      'runners.1.token: another entry has the same token; for GitLab the two are one runner',
      'runners.1.name: another entry has the name "a"; commands that choose by name take the first',
    ],
  },
  {
    why: 'a secret in the environment',
    text: entry('environment = ["NPM_TOKEN=x"]'),
    said: [
      'runners.0.environment: environment has NPM_TOKEN: every job sees it, and it stands in this file in plain text',
    ],
  },
  {
    why: 'docker without its section',
    text: entry('').replace('"shell"', '"docker"'),
    said: ['runners.0.executor: the docker executor needs the section [runners.docker]'],
  },
  {
    why: 'a section of another executor',
    text: entry('[runners.docker]\nimage = "x"'),
    said: ['runners.0.docker: [runners.docker] has no effect while executor = "shell"'],
  },
  { why: 'an empty section that register wrote', text: entry('[runners.ssh]'), said: [] },
  {
    why: 'docker: socket, privileged, no image',
    text: entry('[runners.docker]\nprivileged = true\nvolumes = ["/var/run/docker.sock:/x"]').replace(
      '"shell"',
      '"docker"',
    ),
    said: [
      'runners.0.docker: there is no image for jobs that name none; they fail',
      'runners.0.docker.volumes: jobs get the Docker socket, and with it full control of this machine',
      'runners.0.docker.privileged: privileged jobs can take over this machine; allowed_privileged_images limits them',
    ],
  },
  {
    why: 'a pull policy that is not allowed',
    text: entry('[runners.docker]\nimage = "x"\npull_policy = "always"\nallowed_pull_policies = ["never"]').replace(
      '"shell"',
      '"docker"',
    ),
    said: [
      'runners.0.docker.allowed_pull_policies: the usual pull policy is not among the allowed ones; jobs without a policy of their own fail',
    ],
  },
  {
    why: 'a cache that is off',
    text: entry('[runners.cache]\nType = "s3"\n[runners.cache.s3]\nServerAddress = "https://s3.test"\nAccessKey = "a"'),
    said: [
      'runners.0.cache.Type: the remote cache is off: cache.s3.BucketName is missing',
      'runners.0.cache.s3.ServerAddress: write the host alone, without https://',
      'runners.0.cache.s3: AccessKey and SecretKey are needed together; without them roles of this machine count',
    ],
  },
  {
    why: 'rare questions',
    text: 'check_interval = 600',
    said: ['check_interval: check_interval = 600: a job may wait 10 minutes before it is seen'],
  },
])('$why', ({ text, said }) => {
  expect(adviceFor(readToml(text), now).map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(said);
});
