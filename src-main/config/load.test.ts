import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HarrierError } from '../../src-shared/errors.ts';
import { loadConfig, readConfig } from './load.ts';

const folder = await mkdtemp(join(tmpdir(), 'harrier-load-'));
afterAll(() => rm(folder, { recursive: true }));

const runner = (lines: string): string =>
  `[[runners]]\nname = "a"\nurl = "https://gitlab.test"\ntoken = "glrt-1"\n${lines}`;
const read = (text: string, env = {}) => readConfig(text, 'c.toml', env);

describe('a file that is refused as a whole', () => {
  it.each([
    {
      why: 'a quote that is not closed',
      text: 'a = 1\nlog_level = "info\n',
      message: 'c.toml:2:18: the text is not closed: a quote is missing at the end of this line',
    },
    { why: 'no value', text: 'concurrent =\n', message: /^c\.toml:1:\d+: / },
    { why: 'a key twice', text: 'concurrent = 1\nconcurrent = 2\n', message: /^c\.toml:2:\d+: / },
    {
      why: 'a wrong type',
      text: '\nconcurrent = "4"\n',
      message: 'c.toml:2:1: concurrent must be a whole number of at least 1, found the text "4"',
    },
    {
      why: 'a float is no integer, even a whole one',
      text: 'concurrent = 4.0',
      message: 'c.toml:1:1: concurrent must be a whole number of at least 1, found the number 4.0',
    },
    {
      why: 'the border of concurrent',
      text: 'concurrent = 0',
      message: 'c.toml:1:1: concurrent must be a whole number of at least 1, found the number 0',
    },
    {
      why: 'a name in another case is the same key',
      text: 'Concurrent = true',
      message: 'c.toml:1:1: concurrent must be a whole number of at least 1, found true',
    },
    {
      why: 'a level that no one knows',
      text: 'log_level = "loud"',
      message:
        'c.toml:1:1: log_level must be one of "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic", found the text "loud"',
    },
    {
      why: 'a key inside a global table',
      text: '[session_server]\n  session_timeout = "30m"',
      message: 'c.toml:2:3: session_server.session_timeout must be a whole number, found the text "30m"',
    },
    {
      why: 'a table instead of an array of tables',
      text: '[runners]\nname = "a"',
      message: 'c.toml:1:2: runners must be written as [[runners]]',
    },
    {
      why: 'a label that GitLab refuses',
      text: '[labels]\nab = "x"',
      message: /^c\.toml:2:1: the label "ab" must have a name of 3 to 65/,
    },
    {
      why: 'several: the first one in the file, and how many more',
      text: 'log_format = "xml"\nconcurrent = 0',
      message: 'c.toml:1:1: log_format must be one of "runner", "text", "json", found the text "xml" (and 1 more)',
    },
    {
      why: 'a secret is not shown',
      text: 'sentry_dsn = 12345',
      message: 'c.toml:1:1: sentry_dsn must be text in quotes, found a number',
    },
  ])('$why', ({ text, message }) => {
    const error = refused(() => read(text));
    expect(error.code).toBe('CONFIG_INVALID');
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it('a syntax error beside a token tells nothing of it, cause included', () => {
    const error = refused(() => read('[[runners]]\n  token = "glrt-geheim\n  x = 1'));
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('geheim');
  });

  it('a file that is not there, is a folder, or is no UTF-8', async () => {
    await writeFile(join(folder, 'latin.toml'), Buffer.from('name = "M\xfcller"', 'latin1'));
    await expect(loadConfig(join(folder, 'none.toml'))).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    await expect(loadConfig(folder)).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    await expect(loadConfig(join(folder, 'latin.toml'))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('an entry that is refused alone', () => {
  it.each([
    {
      why: 'a wrong type',
      text: runner('limit = "2"'),
      message: 'line 5: limit must be a whole number, found the text "2"',
    },
    {
      why: 'a float',
      text: runner('limit = 2.0'),
      message: 'line 5: limit must be a whole number, found the number 2.0',
    },
    {
      why: 'a key of a table',
      text: runner('[runners.docker]\nprivileged = "yes"'),
      message: 'line 6: docker.privileged must be true or false, found the text "yes"',
    },
    {
      why: 'an element of a list',
      text: runner('[runners.docker]\nvolumes = ["/cache", 3]'),
      message: 'line 6: docker.volumes[1] must be text in quotes, found the number 3',
    },
    {
      why: 'a table in an array of tables',
      text: runner('[[runners.docker.services]]\nname = "a"\n[[runners.docker.services]]\nname = 1'),
      message: 'line 8: docker.services[1].name must be text in quotes, found the number 1',
    },
    {
      why: 'an inline table',
      text: runner('custom_build_dir = { enabled = 1 }'),
      message: 'line 5: custom_build_dir.enabled must be true or false, found the number 1',
    },
    {
      why: 'an executor that no one knows',
      text: runner('executor = "dokcer"'),
      message: /^line 5: executor must be one of "shell", "docker"/,
    },
    {
      why: 'a pull policy that no one knows',
      text: runner('[runners.docker]\npull_policy = ["always", "maybe"]'),
      message: /^line 6: docker\.pull_policy\[1\] must be one of "always"/,
    },
    {
      why: 'a duration that is none',
      text: runner('unhealthy_interval = "1 hour"'),
      message: 'line 5: unhealthy_interval must be a duration such as "30s", "5m" or "1h30m", found the text "1 hour"',
    },
    {
      why: 'memory that is no size (the official runner dies of it)',
      text: runner('[runners.docker]\nmemory = "lots"'),
      message: 'line 6: docker.memory must be a size such as "512m" or "2g", found the text "lots"',
    },
    {
      why: 'a port as a number',
      text: runner('[runners.ssh]\nport = 22'),
      message: 'line 6: ssh.port must be text in quotes, found the number 22',
    },
    {
      why: 'a feature flag that is no boolean',
      text: runner('[runners.feature_flags]\nFF_TIMESTAMPS = "no"'),
      message: 'line 6: feature_flags.FF_TIMESTAMPS must be true or false, found the text "no"',
    },
    {
      why: 'a token is not shown',
      text: '[[runners]]\nurl = "https://gitlab.test"\ntoken = 4711',
      message: 'line 3: token must be text in quotes, found a number',
    },
    { why: 'no token', text: '[[runners]]\nurl = "https://gitlab.test"', message: 'line 1: token is missing' },
    {
      why: 'a token from a variable that is not set',
      text: '[[runners]]\nurl = "https://gitlab.test"\ntoken = "$NONE"',
      message: 'line 3: token is missing ($NONE is not set in the environment)',
    },
    {
      why: 'no address',
      text: '[[runners]]\nurl = "gitlab.test"\ntoken = "x"',
      message: 'line 2: url must be the address of GitLab',
    },
  ])('$why', ({ text, message }) => {
    const { runnerProblems, config } = read(`${text}\n${runner('').replace('"a"', '"good"')}`);
    expect(runnerProblems.map(({ index }) => index)).toEqual([0]);
    if (typeof message === 'string') expect(runnerProblems[0]?.message).toBe(message);
    else expect(runnerProblems[0]?.message).toMatch(message);
    expect(config.runners?.[1]?.name).toBe('good');
  });
});

describe('values', () => {
  it('are those of the file, names in the case of the schema', () => {
    const { config, runnerProblems, warnings } = read(
      '\uFEFFConcurrent = 3\r\n[[Runners]]\r\n  NAME = "a"\r\n  URL = "https://gitlab.test"\r\n  Token = "t"\r\n  [Runners.Docker]\r\n    Image = "x"\r\n',
    );
    expect({ config, runnerProblems, warnings }).toEqual({
      config: {
        concurrent: 3,
        runners: [{ name: 'a', url: 'https://gitlab.test', token: 't', docker: { image: 'x' } }],
      },
      runnerProblems: [],
      warnings: [],
    });
  });

  it('the exact name goes before another case, which stays as an unknown key', () => {
    const { config, warnings } = read('LIMIT = 1\nconcurrent = 2\nCONCURRENT = 9');
    expect(config).toMatchObject({ concurrent: 2, CONCURRENT: 9 });
    expect(warnings).toHaveLength(1);
  });

  it('a bare number is nanoseconds, as for Go', () => {
    const { config, warnings } = read(runner('unhealthy_interval = 30'));
    expect(config.runners?.[0]?.unhealthy_interval).toBe('30ns');
    expect(warnings).toEqual(['c.toml:5:1: unhealthy_interval = 30 means 30 nanoseconds; write "30s" for seconds']);
  });

  it.each([
    { why: 'plain and braced', value: '$A-${B}', text: '1-2', warned: 0 },
    { why: 'a name ends where letters end', value: '$A.$A_', text: '1.', warned: 1 },
    { why: 'unknown is empty', value: 'x$NONE', text: 'x', warned: 1 },
    { why: 'a dollar before anything else stays', value: 'x$/y$', text: 'x$/y$', warned: 0 },
    { why: 'broken braces are eaten', value: 'x${A', text: 'xA', warned: 0 },
  ])('expansion: $why', ({ value, text, warned }) => {
    const { config, warnings } = read(`[[runners]]\nurl = "https://gitlab.test"\ntoken = "${value}"`, {
      A: '1',
      B: '2',
    });
    expect(config.runners?.[0]?.token).toBe(text);
    expect(warnings).toHaveLength(warned);
  });

  it('only url and token are expanded', () => {
    const { config } = read(runner('builds_dir = "$HOME/b"\nenvironment = ["A=$A"]'), { HOME: '/h', A: '1' });
    expect(config.runners?.[0]).toMatchObject({ builds_dir: '$HOME/b', environment: ['A=$A'] });
  });
});

describe('warnings', () => {
  it.each([
    {
      why: 'unknown, with the key that was meant',
      text: 'concurent = 2',
      warning: 'c.toml:1:1: unknown key concurent; did you mean concurrent?',
    },
    {
      why: 'unknown, with its home',
      text: runner('image = "x"'),
      warning: 'c.toml:5:1: unknown key image; it belongs to [runners.docker]',
    },
    {
      why: 'a header in the singular',
      text: '[[runner]]\nname = "a"',
      warning: 'c.toml:1:3: unknown key runner; did you mean runners?',
    },
    { why: 'unknown, nothing near', text: 'zzzzzzzz = 2', warning: 'c.toml:1:1: unknown key zzzzzzzz' },
    {
      why: 'inside a table',
      text: runner('[runners.docker]\nimagee = "x"'),
      warning: 'c.toml:6:1: unknown key docker.imagee; did you mean image?',
    },
    {
      why: 'a flag that no one knows',
      text: runner('[runners.feature_flags]\nFF_X = true'),
      warning: 'c.toml:5:2: feature_flags has flags that are not known: FF_X',
    },
    {
      why: 'a key without effect here',
      text: 'sentry_dsn = "https://x"',
      warning: 'c.toml:1:1: sentry_dsn has no effect: Harrier sends no reports',
    },
  ])('$why', ({ text, warning }) => {
    expect(read(text).warnings).toEqual([warning]);
  });

  it('nothing is said of what the official runner writes', () => {
    const { warnings } = read(
      `concurrent = 1\ncheck_interval = 0\nconnection_max_age = "15m0s"\nshutdown_timeout = 0\n[session_server]\n  session_timeout = 1800\n${runner('id = 1\ntoken_obtained_at = 2026-01-01T00:00:00Z\ntoken_expires_at = 0001-01-01T00:00:00Z\nexecutor = "docker"\n[runners.cache]\nMaxUploadedArchiveSize = 0\n[runners.cache.s3]\nAssumeRoleMaxConcurrency = 0\n[runners.cache.gcs]\n[runners.cache.azure]\n[runners.docker]\ntls_verify = false\nimage = "alpine"\nvolumes = ["/cache"]\nshm_size = 0\nnetwork_mtu = 0\n')}`,
    );
    expect(warnings).toEqual([]);
  });
});

function refused(action: () => unknown): HarrierError {
  try {
    action();
  } catch (error) {
    if (error instanceof HarrierError) return error;
    throw error;
  }
  throw new Error('the text was not refused');
}
