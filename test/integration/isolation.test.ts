import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { type HarrierProcess, startHarrier } from '../support/harrier.ts';
import { describeWith } from '../support/require.ts';
import { createSampleRepository } from '../support/sample-repository.ts';

let home: string;
let coordinator: TestCoordinator;
let git: GitServer;
let harrier: HarrierProcess;
let config: string;
/** What no job may reach. */
let outside: string;
const files = ['keep', 'deep/keep'];
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'harrier-isolation-'));
  // The way to it is open to all: what is closed is closed by Harrier itself.
  chmodSync(home, 0o755);
  outside = join(home, 'outside');
  mkdirSync(join(outside, 'deep'), { recursive: true });
  for (const name of files) writeFileSync(join(outside, name), 'untouched');
  const repository = createSampleRepository(join(home, 'repositories'));
  git = await startGitServer({ root: join(home, 'repositories') });
  const { main: sha } = repository.sha;
  coordinator = await startTestCoordinator({
    repository: { url: `${git.url}/group/project.git`, sha, ref: 'main' },
  });
  config = join(home, 'config.toml');
  writeFileSync(
    config,
    `concurrent = 1\ncheck_interval = 1\n[[runners]]\n  name = "r"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n  executor = "shell"\n`,
    { mode: 0o600 },
  );
  harrier = startHarrier({ config, home });
});
afterEach(async () => {
  harrier.process.kill('SIGTERM');
  expect(await harrier.ended).toBe(0);
  expect(coordinator.problems).toEqual([]);
  await coordinator.close();
  await git.close();
  rmSync(home, { recursive: true, force: true });
});

const expectOutsideUntouched = (): void => {
  expect(readdirSync(outside, { recursive: true, encoding: 'utf8' }).sort()).toEqual(['deep', 'deep/keep', 'keep']);
  for (const name of files) expect(readFileSync(join(outside, name), 'utf8')).toBe('untouched');
};
const run = async (script: readonly string[], more: object = {}) => {
  const job = coordinator.queue({ script, ...more });
  await job.done;
  return job;
};
const everything = { artifacts: [{ name: 'a', paths: ['**'], untracked: true, when: 'always' }] };

describeWith(['bash', 'linux', 'git'], 'a job that means harm', () => {
  it.each([
    { why: 'its build folder', path: '' },
    { why: 'its .git folder', path: '/.git' },
    { why: 'the folder of its file variables', path: '.tmp' },
    { why: 'the folder above it', path: '/..' },
  ])('puts a link in place of $why: the next job empties and writes nothing behind it', async ({ path }) => {
    const place = `$CI_PROJECT_DIR${path}`;
    await run([`target=$(realpath -m "${place}")`, 'cd /', 'rm -rf "$target"', `ln -s ${outside} "$target"`]);
    for (const strategy of ['fetch', 'clone']) {
      const variables = [
        { key: 'GIT_STRATEGY', value: strategy },
        { key: 'F', value: 'content', file: true },
      ];
      const next = await run(['echo made > made.txt'], { variables, ...everything });
      expect(next.updates.at(-1)).toMatchObject({ state: expect.stringMatching(/success|failed/) });
      expectOutsideUntouched();
    }
  });

  it('leaves hooks and a config in .git: the next job does not run them', async () => {
    const proof = join(outside, 'proof');
    await run([
      `for hook in post-checkout pre-auto-gc reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch ${proof}\\n' > .git/hooks/$hook; chmod +x .git/hooks/$hook; done`,
      `git config core.fsmonitor "touch ${proof}; false"`,
      `git config core.hooksPath "$PWD/.git/hooks"`,
    ]);
    // What git ran for the job itself is its own affair.
    rmSync(proof, { force: true });
    const variables = [{ key: 'GIT_STRATEGY', value: 'fetch' }];
    await run(['true'], { variables });
    expectOutsideUntouched();
  });

  it('uploads and caches links and odd names: nothing from outside is taken, nothing is written there', async () => {
    const cache = [
      { key: `../../../../..${outside}/x`, paths: ['link/', 'l2'], policy: 'pull-push', when: 'on_success' },
    ];
    const script = [`ln -s ${outside} link`, `ln -s ${outside}/keep l2`, "touch -- '-rf' 'a b' $'new\\nline'"];
    const first = await run(script, { cache, ...everything });
    const [archive] = first.artifacts;
    expect(archive?.body.includes('untouched')).toBe(false);
    await run(['echo second > l2 || true'], { cache, variables: [{ key: 'GIT_CLEAN_FLAGS', value: 'none' }] }).catch(
      () => {},
    );
    expect(readdirSync(outside).sort()).toEqual(['deep', 'keep']);
  });

  it('finds the runner’s token nowhere: environment, arguments, build folder, its log, ours', async () => {
    const marks = [coordinator.token, coordinator.token.slice(5)];
    const job = await run([
      'env | sort',
      'tr "\\0" "\\n" < /proc/self/environ',
      'ps -eo args | grep -v grep',
      'grep -rl "$PART" "$CI_PROJECT_DIR" "$CI_PROJECT_DIR.tmp" 2>/dev/null || true',
      'echo end',
    ]);
    expect(job.trace).toContain('end\n');
    for (const mark of marks) {
      expect(job.trace).not.toContain(mark);
      expect(harrier.log()).not.toContain(mark);
    }
    const data = readdirSync(join(home, 'data'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const { parentPath, path, name } of data)
      for (const mark of marks) expect(readFileSync(join(parentPath ?? path, name), 'latin1')).not.toContain(mark);
  });
});

describeWith(['bash', 'linux', 'git', 'root', 'setpriv'], 'another user of this machine', () => {
  const asNobody = (command: string, ...args: string[]) =>
    spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', command, ...args], { encoding: 'utf8' });

  it('reads neither config, journal, logs, scripts nor builds, and cannot speak to the engine', async () => {
    const go = join(home, 'go');
    const job = coordinator.queue({
      script: ['echo the-secret-word > made.txt', 'echo printed', `until [ -e ${go} ]; do sleep 0.05; done`],
      variables: [{ key: 'F', value: 'the-secret-word', file: true }],
    });
    await job.printed('printed\n');
    expect(asNobody('ls', home).status).toBe(0);
    const found = asNobody(
      'grep',
      '-rls',
      '-e',
      'the-secret-word',
      '-e',
      'glcbt-',
      '-e',
      coordinator.token,
      home,
      '/dev/shm',
    );
    expect(found.stdout).toBe('');
    // The same look by whom it belongs to finds all of it, so the look is a real one.
    const own = spawnSync(
      'grep',
      ['-rls', '-e', 'the-secret-word', '-e', 'glcbt-', '-e', coordinator.token, home, '/dev/shm'],
      {
        encoding: 'utf8',
      },
    );
    for (const name of ['config.toml', 'journal', 'made.txt', '/F']) expect(own.stdout).toContain(name);
    const socket = `${config}.sock`;
    expect(existsSync(socket)).toBe(true);
    const knock = `require('net').connect(${JSON.stringify(socket)}).on('error', (e) => { console.log(e.code); process.exit(3) }).on('connect', () => process.exit(0))`;
    expect(asNobody(process.execPath, '-e', knock)).toMatchObject({ status: 3, stdout: 'EACCES\n' });
    writeFileSync(go, '');
    await job.done;
    const log = asNobody('grep', '-rls', 'printed', join(home, 'data'));
    expect(log.stdout).toBe('');
  });
});
