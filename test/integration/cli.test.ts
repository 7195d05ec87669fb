import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executorNames } from '../../src-main/app/executors.ts';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');
const token = 'glrt-secretsecret1';
let folder: string;
let path: string;
let gitlab: TestCoordinator;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  path = join(folder, 'config.toml');
  gitlab = await startTestCoordinator({
    tokens: [token, 'glrt-secretsecret2'],
    registrationToken: 'GR1348941reg',
    personalToken: 'glpat-1',
  });
});
afterEach(async () => {
  expect(gitlab.problems).toEqual([]);
  await gitlab.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
/** Runs the program with this config file. What differs from run to run is replaced; the line of the platform is cut. */
async function harrier(
  args: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      HARRIER_DATA: join(folder, 'data'),
      CONFIG_FILE: path,
      ...options.env,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.stdin.on('error', () => {}).end(options.input ?? '');
  const code = await new Promise<number | null>((done) => child.once('close', done));
  const same = (text: string): string =>
    text
      .replaceAll(folder, '<folder>')
      .replaceAll(gitlab.url, '<gitlab>')
      .replace(/^Runtime platform .*\n/gm, '')
      .replace(/process \d+/g, 'process <pid>')
      .replace(/ +$/gm, '')
      .replace(/ {2,}(?=\w+=)/g, '  ');
  return { code, stdout: same(stdout), stderr: same(stderr) };
}
const text = (): string =>
  readFileSync(path, 'utf8')
    .replaceAll(gitlab.url, '<gitlab>')
    .replace(/obtained_at = \S+/g, 'obtained_at = <now>');
const entry = (name: string, ownToken: string, more = ''): string =>
  `# ${name}\n[[runners]]\n  name = "${name}" # kept\n  url = "${gitlab.url}"\n  id = 42\n  token = "${ownToken}"\n  executor = "shell"\n${more}`;
const write = (...parts: readonly string[]): void => writeFileSync(path, parts.join('\n'), { mode: 0o600 });
const unattended = (...more: readonly string[]): string[] => [
  'register',
  '--non-interactive',
  '--url',
  gitlab.url,
  ...more,
];

describe('register', () => {
  it('a glrt- token: checked, written as the official command writes it, 0600', async () => {
    const outcome = await harrier(
      unattended('--token', token, '--name', 'laptop', '--executor', 'shell', '--limit', '2'),
    );
    expect(outcome).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Verifying runner... is valid  runner=42
      Runner registered successfully. Feel free to start it, but if it is running already, the config is reloaded by itself!
      Configuration (with the authentication token) was saved in "<folder>/config.toml"
      ",
        "stdout": "",
      }
    `);
    expect(text()).toMatchInlineSnapshot(`
      "concurrent = 1
      check_interval = 0
      connection_max_age = "15m0s"
      shutdown_timeout = 0

      [session_server]
        session_timeout = 1800

      [[runners]]
        name = "laptop"
        limit = 2
        url = "<gitlab>"
        id = 42
        token = "glrt-secretsecret1"
        token_obtained_at = <now>
        token_expires_at = 0001-01-01T00:00:00Z
        executor = "shell"
        [runners.cache]
          MaxUploadedArchiveSize = 0
          [runners.cache.s3]
            AssumeRoleMaxConcurrency = 0
          [runners.cache.gcs]
          [runners.cache.azure]
      "
    `);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(gitlab.requests.map(({ method, path: where, status }) => `${method} ${where} ${status}`)).toEqual([
      'POST /api/v4/runners/verify 200',
    ]);
    expect(JSON.parse(String(gitlab.requests[0]?.body)).system_id).toBe(
      readFileSync(join(folder, '.runner_system_id'), 'utf8'),
    );
  });

  it('docker: image, cache volume and flags of the section; the file that is there keeps its comments', async () => {
    write('# mine\nconcurrent = 4\n', entry('old', 'glrt-secretsecret2'));
    const before = readFileSync(path, 'utf8');
    const { code } = await harrier(
      unattended(
        '-t',
        token,
        '-description',
        'd',
        '--executor=docker',
        '--docker-image',
        'alpine:3',
        '--docker-volumes',
        '/data:/data',
        '--docker-pull-policy=if-not-present',
        '--ssh-host',
        'nowhere',
      ),
      { env: { RUNNER_ENV: '["A=1"]', CACHE_TYPE: 's3', CACHE_S3_BUCKET_NAME: 'b' } },
    );
    expect(code).toBe(0);
    expect(readFileSync(path, 'utf8').startsWith(before)).toBe(true);
    expect(text().slice(text().lastIndexOf('[[runners]]'))).toMatchInlineSnapshot(`
      "[[runners]]
        name = "d"
        url = "<gitlab>"
        id = 42
        token = "glrt-secretsecret1"
        token_obtained_at = <now>
        token_expires_at = 0001-01-01T00:00:00Z
        executor = "docker"
        environment = ["A=1"]
        [runners.cache]
          Type = "s3"
          MaxUploadedArchiveSize = 0
          [runners.cache.s3]
            AssumeRoleMaxConcurrency = 0
            BucketName = "b"
          [runners.cache.gcs]
          [runners.cache.azure]
        [runners.docker]
          tls_verify = false
          image = "alpine:3"
          privileged = false
          disable_entrypoint_overwrite = false
          oom_kill_disable = false
          disable_cache = false
          volumes = ["/data:/data", "/cache"]
          shm_size = 0
          network_mtu = 0
          pull_policy = ["if-not-present"]
      "
    `);
  });

  it('a registration token makes a runner with what only GitLab keeps', async () => {
    const outcome = await harrier(
      unattended(
        '-r',
        'GR1348941reg',
        '--executor',
        'shell',
        '--name',
        'n',
        '--tag-list',
        'a,b',
        '--locked=false',
        '--paused',
        '--access-level',
        'ref_protected',
        '--maximum-timeout',
        '900',
        '--maintenance-note',
        'mine',
      ),
    );
    expect(outcome.code).toBe(0);
    const { info: _info, ...body } = JSON.parse(String(gitlab.requests[0]?.body));
    expect(body).toEqual({
      token: 'GR1348941reg',
      description: 'n',
      tag_list: 'a,b',
      maintenance_note: 'mine',
      run_untagged: false,
      locked: false,
      paused: true,
      access_level: 'ref_protected',
      maximum_timeout: 900,
    });
    expect(text()).not.toMatch(/tag|locked|GR1348941/);
  });

  it('asks on stderr for what is open, again after an answer that does not do', async () => {
    const answers = [gitlab.url, token, '', 'toaster', 'docker', 'ruby:3.3'].join('\n');
    const outcome = await harrier(['register'], { input: `${answers}\n`, env: { HOSTNAME: 'x' } });
    const { hostname } = await import('node:os');
    const stderr = outcome.stderr.replaceAll(hostname(), '<host>').replaceAll(executorNames.join(', '), '<executors>');
    expect({ ...outcome, stderr }).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Enter the GitLab instance URL (for example, https://gitlab.com/): Enter the registration token: Verifying runner... is valid  runner=42
      Enter a name for the runner
      [<host>]: Enter an executor: <executors>: "toaster" is no executor (there are: <executors>)
      Enter an executor: <executors>: Enter the default Docker image (for example, ruby:3.3): Runner registered successfully. Feel free to start it, but if it is running already, the config is reloaded by itself!
      Configuration (with the authentication token) was saved in "<folder>/config.toml"
      ",
        "stdout": "",
      }
    `);
    expect(text()).toContain('image = "ruby:3.3"');
  });

  it.each([
    {
      why: 'the end of the input',
      args: ['register', '-u', 'http://x.test'],
      says: '--token is missing and the input has ended',
    },
    {
      why: 'a missing value unattended',
      args: ['register', '-n', '-u', 'http://x.test'],
      says: '--token is missing; with --non-interactive nothing is asked',
    },
    {
      why: 'an address that is none',
      args: ['register', '-n', '-u', 'gitlab', '-t', token],
      says: '--url: The address must begin with http:// or https://.',
    },
    {
      why: 'what GitLab keeps for a glrt- token',
      args: ['register', '-n', '-u', 'http://x.test', '-t', token, '--tag-list', 'a', '--locked=false'],
      says: 'INPUT_INVALID: --tag-list, --locked: GitLab keeps this for a runner with a glrt- token',
    },
    {
      why: 'a level that no one knows',
      args: ['register', '-n', '-u', 'http://x.test', '-r', 'GR1', '--access-level', 'x'],
      says: '--access-level must be not_protected or ref_protected, found "x"',
    },
  ])('refused before GitLab is asked: $why', async ({ args, says }) => {
    const { code, stderr } = await harrier(args);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(gitlab.requests).toEqual([]);
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    { why: 'a token that GitLab does not know', options: ['-t', 'glrt-wrong-token-0'], code: 'TOKEN_REFUSED' },
    { why: 'a registration token that GitLab does not know', options: ['-r', 'GR1348941no'], code: 'TOKEN_REFUSED' },
  ])('refused by GitLab: $why; nothing is written, the token is in no output', async ({ options, code: name }) => {
    const { code, stdout, stderr } = await harrier(unattended(...options, '--executor', 'shell'));
    expect(code).toBe(1);
    expect(stderr).toContain(`${name}: <gitlab> does not know this token`);
    expect(stdout + stderr).not.toContain(options[1]);
    expect(existsSync(path)).toBe(false);
  });

  it('a server that is away, and a page that is not GitLab', async () => {
    const away = await harrier(['register', '-n', '-u', 'http://127.0.0.1:9', '-t', token, '--executor', 'shell']);
    expect(away.stderr).toContain('SERVER_UNREACHABLE: http://127.0.0.1:9 cannot be reached');
    gitlab.fail({ method: 'POST', path: 'verify', times: Number.POSITIVE_INFINITY, answer: 'html' });
    const page = await harrier(unattended('-t', token, '--executor', 'shell'));
    expect(page.stderr).toContain('SERVER_NOT_GITLAB');
    expect([away.code, page.code]).toEqual([1, 1]);
  });

  it('when a later step fails, GitLab forgets the runner, unless --leave-runner', async () => {
    const undone = await harrier(unattended('-r', 'GR1348941reg', '--executor', 'toaster'));
    expect(undone.code).toBe(1);
    expect(gitlab.requests.map(({ method, path: where }) => `${method} ${where}`)).toEqual([
      'POST /api/v4/runners',
      'DELETE /api/v4/runners',
    ]);
    await harrier(unattended('-r', 'GR1348941reg', '--executor', 'toaster', '--leave-runner'));
    expect(gitlab.requests.at(-1)?.method).toBe('POST');
  });

  it('an executor of the official runner that is not here is named as such', async () => {
    const { stderr } = await harrier(unattended('-t', token, '--executor', 'kubernetes'));
    expect(stderr).toContain('EXECUTOR_UNSUPPORTED: the executor kubernetes is not there yet');
  });

  it('a broken file is told before GitLab is asked, and stays as it is', async () => {
    write('concurrent = "four"\n');
    const { code, stderr } = await harrier(unattended('-t', token, '--executor', 'shell'));
    expect(code).toBe(1);
    expect(stderr).toContain(
      'CONFIG_INVALID: <folder>/config.toml:1:1: concurrent must be a whole number of at least 1, found the text "four"',
    );
    expect(gitlab.requests).toEqual([]);
    expect(readFileSync(path, 'utf8')).toBe('concurrent = "four"\n');
  });

  it('a template fills in what flags leave open; its token is not taken', async () => {
    const template = join(folder, 'template.toml');
    writeFileSync(
      template,
      `[[runners]]\n  token = "glrt-x"\n  url = "${gitlab.url}"\n  executor = "docker"\n  limit = 3\n  [runners.docker]\n    image = "base"\n    memory = "1g"\n`,
    );
    const { code } = await harrier([
      'register',
      '-n',
      '-t',
      token,
      '--name',
      'n',
      '--template-config',
      template,
      '--limit',
      '5',
      '--docker-image',
      'mine',
    ]);
    expect(code).toBe(0);
    expect(text()).toMatch(/limit = 5/);
    expect(text()).toMatch(/image = "mine"/);
    expect(text()).toMatch(/memory = "1g"/);
    expect(text()).not.toContain('glrt-x');
  });
});

describe('the runners of a file', () => {
  it('list shows tokens by their end', async () => {
    write('concurrent = 1\n', entry('one', token), entry('two', 'short'));
    expect(await harrier(['list'])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "Listing configured runners  ConfigFile=<folder>/config.toml
      one  Executor=shell Token=…ret1 URL=<gitlab>
      two  Executor=shell Token=… URL=<gitlab>
      ",
        "stdout": "",
      }
    `);
  });

  it('verify tells each; only --delete changes the file, and only for what GitLab refuses', async () => {
    write(
      'concurrent = 1 # one\n',
      entry('good', token),
      entry('dead', 'glrt-unknown-token'),
      entry('away', 'glrt-unknown-token').replace(gitlab.url, 'http://127.0.0.1:9'),
    );
    const before = readFileSync(path, 'utf8');
    const outcome = await harrier(['verify']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatchInlineSnapshot(`
      "Verifying runner... is valid  runner=good url=<gitlab>
      ERROR: Verifying runner... is removed  runner=dead status=403 Forbidden url=<gitlab>
      ERROR: Verifying runner... failed  runner=away status=nobody listens at this address (connect ECONNREFUSED 127.0.0.1:9) url=http://127.0.0.1:9
      FATAL: Failed to verify runners
      "
    `);
    expect(readFileSync(path, 'utf8')).toBe(before);
    const { code } = await harrier(['verify', '--delete']);
    expect(code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(before.replace(entry('dead', 'glrt-unknown-token').concat('\n'), ''));
    expect((await harrier(['verify', '-n', 'good'])).code).toBe(0);
  });

  it('unregister takes away this machine of a glrt- runner and a whole legacy runner; what fails stays', async () => {
    await harrier(unattended('-t', token, '--executor', 'shell', '--name', 'a'));
    await harrier(unattended('-r', 'GR1348941reg', '--executor', 'shell', '--name', 'b'));
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n${entry('c', 'glrt-unknown-token')}`);
    const nothing = await harrier(['unregister']);
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('say which runner')]);
    const outcome = await harrier(['unregister', '--all-runners']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatchInlineSnapshot(`
      "Unregistering runner manager from GitLab succeeded runner=a url=<gitlab>
      Unregistering runner from GitLab succeeded  runner=b url=<gitlab>
      ERROR: Unregistering runner manager from GitLab failed; the entry stays in the file runner=c status=403 Forbidden url=<gitlab>
      Updated  ConfigFile=<folder>/config.toml removed=2
      "
    `);
    expect(readFileSync(path, 'utf8').match(/name = "."/g)).toEqual(['name = "c"']);
    const last = await harrier(['unregister', '-n', 'nobody']);
    expect(last.stderr).toContain('RUNNER_UNKNOWN');
  });

  it('reset-token writes the new token and leaves the rest alone', async () => {
    write('# top\n', entry('one', token, '  # last\n'), entry('two', 'glrt-secretsecret2'));
    const before = readFileSync(path, 'utf8');
    expect((await harrier(['reset-token', '-n', 'one'])).code).toBe(0);
    const after = readFileSync(path, 'utf8');
    expect(after).not.toContain(token);
    expect(after.replace(/glrt-renewed\S+(?=")/, token).replace(/ {2}token_(?:obtained|expires)_at = .*\n/g, '')).toBe(
      before,
    );
    expect(after).toContain('token_expires_at = 2030-01-01T00:00:00Z');
    const wrong = await harrier(['reset-token', '-n', 'two', '--pat', 'glpat-wrong']);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Resetting runner token... failed')]);
    expect(wrong.stderr).not.toContain('glpat');
    expect(readFileSync(path, 'utf8')).toBe(after);
  });

  it('lint names every problem with its place', async () => {
    write('concurrent = 1\nlog_level = "loud"\ncheckinterval = 3\n', entry('one', token, '  limit = "2"\n'));
    const outcome = await harrier(['lint']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatchInlineSnapshot(`
      "ERROR: <folder>/config.toml:2:1: log_level must be one of "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic", found the text "loud"
      ERROR: <folder>/config.toml:12:3: limit must be a whole number, found the text "2"
      WARNING: <folder>/config.toml:3:1: unknown key checkinterval; did you mean check_interval?
      FATAL: Configuration file is not valid.
      "
    `);
    write('concurrent = 1\n', entry('one', token));
    expect(await harrier(['lint'])).toEqual({ code: 0, stdout: '', stderr: 'Configuration file is valid.\n' });
  });
});

describe('an engine in the background', () => {
  it('start, status, pause, resume, a second start, stop', async () => {
    write('concurrent = 1\ncheck_interval = 1\n', entry('one', token));
    expect(await harrier(['start', '-d', folder])).toEqual({
      code: 0,
      stderr: '',
      stdout: 'Harrier runs (process <pid>); its log is <folder>/harrier.log\n',
    });
    try {
      expect((await harrier(['start'])).stdout).toBe('Harrier runs already (process <pid>)\n');
      const second = await harrier(['run']);
      expect([second.code, second.stderr]).toEqual([
        1,
        expect.stringContaining('another Harrier (process <pid>) works with <folder>/config.toml already'),
      ]);
      const status = await harrier(['status', '--json']);
      expect(JSON.parse(status.stdout)).toMatchObject({
        configPath: '<folder>/config.toml',
        runners: [{ name: 'one' }],
        jobs: [],
      });
      expect(status.stdout).not.toContain(token);
      expect((await harrier(['pause', 'one'])).code).toBe(0);
      expect(JSON.parse((await harrier(['status', '--json'])).stdout).runners[0].state).toBe('paused');
      expect((await harrier(['resume'])).code).toBe(0);
      expect((await harrier(['pause', 'nobody'])).stderr).toContain('RUNNER_UNKNOWN: there is no runner "nobody"');
    } finally {
      expect((await harrier(['stop'])).code).toBe(0);
    }
    expect(await harrier(['status'])).toMatchObject({ code: 1, stderr: expect.stringContaining('ENGINE_NOT_RUNNING') });
    expect(readdirSync(folder).filter((name) => /lock|sock/.test(name))).toEqual([]);
    expect(readFileSync(join(folder, 'harrier.log'), 'utf8')).not.toContain(token);
  });

  it('status looks whether jobs could run: a driver that is not there is a problem', async () => {
    const driver = join(folder, 'driver');
    write(
      'concurrent = 1\n',
      entry('one', token, `  [runners.custom]\n    run_exec = "${driver}"\n`).replace('"shell"', '"custom"'),
    );
    expect((await harrier(['start', '-d', folder])).code).toBe(0);
    try {
      const { code, stdout } = await harrier(['status', '--json']);
      expect([code, JSON.parse(stdout).health]).toMatchObject([
        1,
        {
          problems: expect.arrayContaining(['one: <folder>/driver is no program that can be run']),
          executors: [{ name: 'custom', trouble: '<folder>/driver is no program that can be run' }],
        },
      ]);
    } finally {
      expect((await harrier(['stop'])).code).toBe(0);
    }
  });

  it('start with a broken file says what is wrong and starts nothing', async () => {
    write('concurrent = 0\n');
    const { code, stderr } = await harrier(['start']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('CONFIG_INVALID: <folder>/config.toml:1:1: concurrent must be'),
    ]);
    expect(existsSync(join(folder, 'harrier.log'))).toBe(false);
  });
});

describe('the program itself', () => {
  it.each([
    { args: ['toast'], code: 1, stderr: 'FATAL: Command toast not found.\n(`harrier --help` lists the commands)\n' },
    {
      args: ['staus'],
      code: 1,
      stderr: 'FATAL: Command staus not found.\nDid you mean `harrier status`? (`harrier --help` lists the commands)\n',
    },
    {
      args: ['list', 'one'],
      code: 1,
      stderr: 'INPUT_INVALID: harrier list takes no argument, found "one"\nCorrect the value that is named.\n',
    },
    {
      args: ['--log-level', 'loud', 'list'],
      code: 1,
      stderr:
        'INPUT_INVALID: --log-level "loud" is none of debug, info, warning, error, fatal\nCorrect the value that is named.\n',
    },
    {
      args: ['fleeting', 'install'],
      code: 1,
      stderr:
        'NOT_SUPPORTED: `harrier fleeting` is not there: there are no autoscaled instances\nSee docs/limits.md.\n',
    },
    { args: ['run'], code: 1, stderr: expect.stringContaining('there is no config file <folder>/config.toml') },
  ])('harrier $args', async ({ args, code, stderr }) => {
    expect(await harrier(args)).toEqual({ code, stdout: '', stderr });
  });

  it('--version, --help, help of a command', async () => {
    expect((await harrier(['--version'])).stdout).toMatch(
      /^harrier \d+\.\d+\.\d+ \(\w+\)\nprotocol: gitlab-runner 19\.4\.0\n\w+\/\w+\n$/,
    );
    expect((await harrier(['--help'])).stdout).toMatch(/^ {2}register +add this machine to GitLab as a runner$/m);
    expect((await harrier(['register', '--help'])).stdout).toContain('--docker-image VALUE');
    expect((await harrier([])).stdout).toContain('Usage: harrier');
  });

  it('health-check waits for a port', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect((await harrier(['health-check', '--port', String(port)])).code).toBe(0);
    server.close();
    expect((await harrier(['health-check'])).stderr).toContain('no port to wait for');
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file that nobody may read', async () => {
    write(entry('one', token));
    chmodSync(path, 0);
    expect((await harrier(['list'])).stderr).toContain('CONFIG_NOT_FOUND: <folder>/config.toml cannot be read');
  });
});
