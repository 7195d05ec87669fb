import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWith, itWith } from '../../../test/support/require.ts';
import { renderStage, type ScriptStage } from './index.ts';
import { createCertificate } from './testing/certificate.ts';
import { type GitServer, startGitServer } from './testing/git-http.ts';
import { type Bench, createBench, git, type JobSpec, runScript } from './testing/job.ts';
import { commit, createRepositories, password } from './testing/repositories.ts';

describeWith(['posix', 'git', 'bash', 'openssl'], 'get_sources', () => {
  let origin: Bench;
  let repositories: Awaited<ReturnType<typeof createRepositories>>;
  let server: GitServer;
  let bench: Bench;
  let project = '';
  beforeAll(async () => {
    origin = createBench();
    repositories = await createRepositories(origin.root);
    server = await startGitServer(origin.root, { password });
  });
  afterAll(async () => {
    await server.close();
    origin.close();
  });
  beforeEach(() => {
    bench = createBench();
    project = bench.directories.project;
  });
  afterEach(() => bench.close());

  const job = ({ variables, git: info, ...rest }: JobSpec & { git?: Record<string, unknown> } = {}): JobSpec => ({
    serverUrl: server.url,
    ...rest,
    variables: { CI_JOB_TOKEN: password, ...variables },
    payload: {
      git_info: {
        repo_url: `${server.url.replace('//', `//gitlab-ci-token:${password}@`)}/group/project.git`,
        ref: 'main',
        sha: repositories.project.sha,
        refspecs: ['+refs/heads/*:refs/remotes/origin/*'],
        depth: 20,
        ...info,
      },
      ...rest.payload,
    },
  });
  const fetch = (spec?: Parameters<typeof job>[0]) => bench.run('get_sources', job(spec));
  const files = () => readdirSync(project).sort();
  const all = ['.git', '.gitignore', '.gitmodules', 'README.md', 'lib', 'src'];
  const short = () => repositories.project.sha.slice(0, 8);
  /** Without the lines that only a machine with git-lfs has. */
  const lines = (log: string) => log.split('\n').filter((line) => line !== '');
  const plant = (path: string, text = 'planted') => {
    mkdirSync(join(project, path, '..'), { recursive: true });
    writeFileSync(join(project, path), text);
  };

  describe('what the log says and what is left on disk', () => {
    it('a first job makes a repository', async () => {
      const ran = await fetch();
      expect(lines(ran.log)).toEqual([
        'Fetching changes with git depth set to 20...',
        `Initialized empty Git repository in ${project}/.git/`,
        'Created fresh repository.',
        `Checking out ${short()} as detached HEAD (ref is main)...`,
        'Skipping Git submodules setup',
      ]);
      expect(ran.code).toBe(0);
      expect(files()).toEqual(all);
    });

    it('a second job uses it again and cleans the work tree', async () => {
      await fetch();
      plant('junk.txt');
      plant('a.log');
      plant('README.md', 'changed');
      const ran = await fetch();
      expect(lines(ran.log)).toEqual([
        'Fetching changes with git depth set to 20...',
        `Reinitialized existing Git repository in ${project}/.git/`,
        `Checking out ${short()} as detached HEAD (ref is main)...`,
        'Removing a.log',
        'Removing junk.txt',
        'Skipping Git submodules setup',
      ]);
      expect(files()).toEqual(all);
      expect(readFileSync(join(project, 'README.md'), 'utf8')).toBe('hello\nsecond\n');
    });

    it('new commits arrive in an old repository', async () => {
      await fetch();
      const folder = repositories.project.folder;
      await git(folder, 'checkout', '-q', '-b', 'feature');
      const sha = await commit(folder, { 'new.txt': 'n' }, 'four');
      await git(folder, 'checkout', '-q', 'main');
      const ran = await fetch({ git: { sha, ref: 'feature' } });
      expect(ran.code).toBe(0);
      expect(files()).toContain('new.txt');
      await git(folder, 'branch', '-q', '-D', 'feature');
    });

    it('no token stays in the repository; the file that has it is private and goes at the end', async () => {
      await fetch();
      const config = readFileSync(join(project, '.git/config'), 'utf8');
      expect(config).not.toContain(password);
      expect(config).toContain(`url = ${server.url}/group/project.git\n`);
      const external = `${bench.directories.temporary}/.gitlab-runner.ext.conf`;
      expect(statSync(external).mode & 0o777).toBe(0o600);
      expect(statSync(bench.directories.temporary).mode & 0o777).toBe(0o700);
      expect(await git(project, 'remote', 'get-url', 'origin')).toContain(`gitlab-ci-token:${password}@`);
      await bench.run('cleanup_file_variables', job());
      expect(existsSync(external)).toBe(false);
      expect(await git(project, 'remote', 'get-url', 'origin')).toBe(`${server.url}/group/project.git`);
    });

    it('no process gets the token as an argument, and every request has it at once', async () => {
      const seen = server.requests.length;
      const trace = join(bench.root, 'trace');
      const ran = await fetch({ variables: { GIT_TRACE: trace, GIT_SUBMODULE_STRATEGY: 'normal' } });
      expect(ran.code).toBe(0);
      const text = readFileSync(trace, 'utf8');
      expect(text).toContain('git-remote-http');
      expect(text).not.toContain(password);
      const requests = server.requests.slice(seen);
      expect(requests.length).toBeGreaterThan(3);
      expect(requests.every(({ headers }) => headers.authorization !== undefined)).toBe(true);
      expect(new Set(requests.map(({ headers }) => headers['x-gitaly-correlation-id']))).toEqual(
        new Set([expect.stringMatching(/^[0-9a-f]{32}$/)]),
      );
      expect(requests[0]?.headers['user-agent']).toMatch(/^gitlab-runner [\d.]+ \w+\/\w+$/);
    });

    it('CI_DEBUG_TRACE shows git’s commands, never the encoded credentials', async () => {
      const ran = await fetch({ variables: { CI_DEBUG_TRACE: 'true' } });
      expect(ran.code).toBe(0);
      expect(ran.log).toMatch(/^\+\+ git .* fetch origin --no-recurse-submodules/m);
      const encoded = Buffer.from(`gitlab-ci-token:${password}`).toString('base64');
      expect(ran.log).not.toContain(encoded.slice(0, 12));
      expect(ran.log).not.toContain('_harrier_');
    });

    it('no helper of the person learns the token', async () => {
      writeFileSync(join(bench.root, '.gitconfig'), '[credential]\n\thelper = store\n');
      await fetch();
      await fetch({ git: { repo_url: `${server.url.replace('//', '//gitlab-ci-token:wrong@')}/group/project.git` } });
      expect(existsSync(join(bench.root, '.git-credentials'))).toBe(false);
    });
  });

  describe('settings', () => {
    const history = () => git(project, 'rev-list', '--count', 'HEAD');
    it.each([
      {
        why: 'strategy clone starts anew',
        spec: { variables: { GIT_STRATEGY: 'clone' } },
        says: 'Created fresh repository.',
        has: all,
      },
      {
        why: 'without allow_git_fetch it is the default',
        spec: { payload: { allow_git_fetch: false } },
        says: 'Created fresh repository.',
        has: all,
      },
      {
        why: 'strategy none leaves everything as it was',
        spec: { variables: { GIT_STRATEGY: 'none' } },
        says: 'Skipping Git repository setup\nSkipping Git checkout\nSkipping Git submodules setup\n',
        has: [...all, 'junk.txt'],
      },
      {
        why: 'strategy empty leaves an empty folder',
        spec: { variables: { GIT_STRATEGY: 'empty' } },
        says: 'Skipping Git repository setup and creating an empty build directory\nSkipping Git checkout\nSkipping Git submodules setup\n',
        has: [],
      },
      {
        why: 'an unknown strategy counts as the default',
        spec: { variables: { GIT_STRATEGY: 'bogus' } },
        says: 'Reinitialized',
        has: all,
      },
      {
        why: 'GIT_CHECKOUT=false fetches only',
        spec: { variables: { GIT_CHECKOUT: 'false' } },
        says: 'Skipping Git checkout\nSkipping Git submodules setup\n',
        has: [...all, 'junk.txt'],
      },
      {
        why: 'GIT_CLEAN_FLAGS=none does not clean',
        spec: { variables: { GIT_CLEAN_FLAGS: 'none' } },
        says: 'Checking out',
        has: [...all, 'junk.txt'],
      },
      {
        why: 'GIT_CLEAN_FLAGS are taken as words',
        spec: { variables: { GIT_CLEAN_FLAGS: '-ffd -e junk.txt' } },
        says: 'Checking out',
        has: [...all, 'junk.txt'],
      },
      { why: 'depth 0 says so', spec: { git: { depth: 0 } }, says: 'Fetching changes...\n', has: all },
    ])('$why', async ({ spec, says, has }) => {
      await fetch();
      plant('junk.txt');
      const ran = await fetch(spec as Parameters<typeof job>[0]);
      expect(ran.code).toBe(0);
      expect(ran.log).toContain(says);
      expect(files()).toEqual([...has].sort());
    });

    it('depth limits the history, depth 0 brings all of it later', async () => {
      await fetch({ git: { depth: 1 } });
      expect(await history()).toBe('1');
      await fetch({ git: { depth: 0 } });
      expect(await history()).toBe('3');
    });

    it('tags come with their refspec, GIT_FETCH_EXTRA_FLAGS replace the default', async () => {
      const ran = await fetch({
        git: { refspecs: ['+refs/tags/v1:refs/tags/v1'], depth: 0 },
        variables: { GIT_FETCH_EXTRA_FLAGS: '--no-tags --verbose' },
      });
      expect(ran.log).toContain('[new tag]');
      expect(await git(project, 'tag')).toBe('v1');
    });

    it('files of a job without sources are cleaned after the first checkout', async () => {
      await fetch({ variables: { GIT_STRATEGY: 'none' } });
      plant('junk.txt');
      const ran = await fetch();
      expect(ran.log).toContain('Created fresh repository.');
      expect(ran.log).toContain('Removing junk.txt');
      expect(files()).toEqual(all);
    });

    it.each([
      { set: undefined, usual: true, safe: true },
      { set: undefined, usual: false, safe: false },
      { set: false, usual: true, safe: false },
      { set: true, usual: false, safe: true },
    ])('safe_directory_checkout = $set, usually $usual', async ({ set, usual, safe }) => {
      const runner = set === undefined ? {} : { safe_directory_checkout: set };
      expect((await fetch({ runner, traits: { safeDirectory: usual } })).code).toBe(0);
      const config = join(bench.root, '.gitconfig');
      expect(existsSync(config) && readFileSync(config, 'utf8').includes(`directory = ${project}`)).toBe(safe);
    });
    it('the remote of another address replaces the old one', async () => {
      await fetch();
      await git(project, 'remote', 'set-url', 'origin', 'http://elsewhere.invalid/x.git');
      expect((await fetch()).code).toBe(0);
      const config = readFileSync(join(project, '.git/config'), 'utf8');
      expect(config).toContain(`url = ${server.url}/group/project.git\n`);
      expect(config.match(/\.gitlab-runner\.ext\.conf/g)).toHaveLength(1);
    });

    it('clone_url of the config goes before the address of the job', async () => {
      const ran = await fetch({
        runner: { clone_url: `${server.url}/` },
        git: { repo_url: 'http://gitlab-ci-token:x@unreachable.invalid/group/project.git' },
        variables: { CI_PROJECT_PATH: 'group/project' },
      });
      expect(ran.code).toBe(0);
      expect(readFileSync(join(project, '.git/config'), 'utf8')).toContain(`url = ${server.url}/group/project.git\n`);
    });

    it('FF_GIT_URLS_WITHOUT_TOKENS: the token is in no file at all', async () => {
      const spec = { variables: { FF_GIT_URLS_WITHOUT_TOKENS: 'true' } };
      expect((await fetch(spec)).code).toBe(0);
      const temporary = bench.directories.temporary;
      for (const name of readdirSync(temporary))
        if (statSync(join(temporary, name)).isFile())
          expect(readFileSync(join(temporary, name), 'utf8')).not.toContain(password);
      expect(readFileSync(join(project, '.git/config'), 'utf8')).not.toContain(password);
      const step = await bench.run(
        'step',
        job({
          ...spec,
          payload: {
            steps: [
              {
                name: 'script',
                script: [
                  'git remote get-url origin; git ls-remote origin refs/heads/main',
                  'cd /; git ls-remote "$REMOTE" HEAD',
                ],
              },
            ],
          },
          variables: { ...spec.variables, REMOTE: `${server.url}/group/project.git` },
        }),
      );
      expect(step.log).toContain(`\n${server.url}/group/project.git\n`);
      expect(step.code).toBe(0);
    });

    it('an old git takes the ordinary way for FF_USE_GIT_NATIVE_CLONE, a new one clones', async () => {
      const ran = await fetch({ variables: { FF_USE_GIT_NATIVE_CLONE: 'true', GIT_STRATEGY: 'clone' } });
      expect(ran.code).toBe(0);
      expect(ran.log).toMatch(/Fetching changes with|Cloning repository for main with git depth set to 20/);
      expect(files()).toEqual(all);
    });

    it('a sha256 repository', async () => {
      const folder = join(origin.root, 'group/modern.git');
      mkdirSync(folder);
      await git(folder, 'init', '-q', '-b', 'main', '--object-format=sha256', '.');
      const sha = await commit(folder, { a: 'a' }, 'one');
      expect(sha).toHaveLength(64);
      const info = {
        sha,
        repo_object_format: 'sha256',
        repo_url: `${server.url.replace('//', `//gitlab-ci-token:${password}@`)}/group/modern.git`,
      };
      const ran = await fetch({ git: info });
      expect(ran.code).toBe(0);
      expect(await git(project, 'rev-parse', 'HEAD')).toBe(sha);
    });

    it('hooks of config and payload stand around the sources', async () => {
      const ran = await fetch({
        runner: {
          pre_get_sources_script: 'echo config-pre',
          post_get_sources_script: 'echo config-post; basename $PWD',
        },
        payload: {
          hooks: [
            { name: 'pre_get_sources_script', script: ['echo payload-pre'] },
            { name: 'post_get_sources_script', script: ['echo payload-post'] },
          ],
        },
      });
      const order = lines(ran.log).filter((line) => /^(config|payload|Fetching|Skipping|project$)/.test(line));
      expect(order).toEqual([
        'config-pre',
        'payload-pre',
        'Fetching changes with git depth set to 20...',
        'Skipping Git submodules setup',
        'payload-post',
        'config-post',
        'project',
      ]);
    });

    it('a hook that fails ends the stage with its code', async () => {
      expect((await fetch({ runner: { pre_get_sources_script: 'exit 6' } })).code).toBe(6);
    });
  });

  describe('leftovers of earlier jobs', () => {
    it('locks and the checkout hook go', async () => {
      await fetch();
      for (const name of ['index.lock', 'shallow.lock', 'HEAD.lock', 'config.lock', 'refs/remotes/origin/main.lock'])
        plant(`.git/${name}`, '');
      mkdirSync(join(project, '.git/hooks'), { recursive: true });
      writeFileSync(join(project, '.git/hooks/post-checkout'), '#!/bin/sh\necho HOOK\n', { mode: 0o755 });
      const ran = await fetch();
      expect(ran.code).toBe(0);
      expect(ran.log).not.toContain('HOOK');
    });

    it('clean_git_config removes config and hooks, the log is the same', async () => {
      const spec = { traits: { cleanGitConfig: true } };
      await fetch(spec);
      await git(project, 'config', 'user.name', 'planted');
      mkdirSync(join(project, '.git/hooks'), { recursive: true });
      plant('.git/hooks/pre-commit');
      const ran = await fetch(spec);
      expect(ran.code).toBe(0);
      expect(ran.log).toContain('Reinitialized existing');
      expect(ran.log).not.toContain('Created fresh repository.');
      expect(readFileSync(join(project, '.git/config'), 'utf8')).not.toContain('planted');
      expect(existsSync(join(project, '.git/hooks'))).toBe(false);
      await bench.run('cleanup_file_variables', job(spec));
      expect(existsSync(join(project, '.git/config'))).toBe(false);
    });

    it.each([
      { why: 'a link in place of the project', path: '' },
      { why: 'a link in place of .git', path: '.git' },
    ])('$why is removed, its target is untouched', async ({ path }) => {
      const victim = join(bench.root, 'victim');
      mkdirSync(victim);
      await git(victim, 'init', '-q', '.');
      writeFileSync(join(victim, 'precious'), 'keep');
      mkdirSync(path === '' ? join(project, '..') : project, { recursive: true });
      symlinkSync(path === '' ? victim : join(victim, '.git'), join(project, path));
      const ran = await fetch();
      expect(ran.code).toBe(0);
      expect(lstatSync(join(project, path)).isSymbolicLink()).toBe(false);
      expect(readdirSync(victim).sort()).toEqual(['.git', 'precious']);
      expect(files()).toEqual(all);
    });

    it('a .git file that points into another repository is removed', async () => {
      const victim = join(bench.root, 'victim');
      mkdirSync(victim);
      await git(victim, 'init', '-q', '.');
      plant('.git', `gitdir: ${victim}/.git\n`);
      expect((await fetch()).code).toBe(0);
      expect(existsSync(join(victim, '.git/refs/remotes/origin'))).toBe(false);
    });
  });

  describe('a damaged work tree is thrown away and cloned anew', () => {
    const objects = () => join(project, '.git/objects');
    const packs = () =>
      readdirSync(join(objects(), 'pack'))
        .filter((name) => name.endsWith('.pack'))
        .map((name) => join(objects(), 'pack', name));
    it.each([
      { why: 'a cut index', damage: () => truncateSync(join(project, '.git/index'), 40) },
      { why: 'an empty index', damage: () => truncateSync(join(project, '.git/index'), 0) },
      { why: 'a config that git cannot read', damage: () => writeFileSync(join(project, '.git/config'), '[core\n=') },
      { why: 'no objects', damage: () => rmSync(objects(), { recursive: true }) },
      {
        why: 'an emptied pack',
        damage: () =>
          packs().forEach((pack) => {
            rmSync(pack);
            writeFileSync(pack, '');
          }),
      },
      {
        why: 'a pack whose index is gone',
        damage: () => {
          for (const pack of packs()) rmSync(pack.replace(/pack$/, 'idx'));
        },
      },
      {
        why: 'a ref without its object',
        damage: () => {
          rmSync(join(project, '.git/packed-refs'), { force: true });
          plant('.git/refs/remotes/origin/main', `${'1'.repeat(40)}\n`);
          packs().forEach((pack) => {
            for (const end of ['pack', 'idx', 'rev']) rmSync(pack.replace(/pack$/, end), { force: true });
          });
        },
      },
      { why: 'a HEAD of garbage', damage: () => writeFileSync(join(project, '.git/HEAD'), 'garbage') },
    ])('$why', async ({ damage }) => {
      await fetch();
      damage();
      const ran = await fetch();
      expect({ code: ran.code, log: ran.code === 0 ? '' : ran.log }).toEqual({ code: 0, log: '' });
      expect(files()).toEqual(all);
      expect(await git(project, 'rev-parse', 'HEAD')).toBe(repositories.project.sha);
      expect(await git(project, 'status', '--short')).toBe('');
    });

    it('says so in one line', async () => {
      await fetch();
      writeFileSync(join(project, '.git/HEAD'), 'garbage');
      expect((await fetch()).log).toContain(
        'The work tree of an earlier job is damaged. It is thrown away and cloned anew.\n',
      );
    });
  });

  describe('failures that are not the work tree’s fault leave it alone', () => {
    const kept = (log: string) => {
      expect(log).not.toContain('thrown away');
      expect(existsSync(join(project, '.git/kept'))).toBe(true);
    };
    beforeEach(async () => {
      await fetch();
      plant('.git/kept');
    });
    afterEach(() => server.refuse(false));

    it('a server that does not answer', async () => {
      server.refuse(true);
      const ran = await fetch();
      expect(ran.code).toBe(128);
      expect(ran.log).toContain('503');
      kept(ran.log);
    });
    it('wrong credentials', async () => {
      const ran = await fetch({
        git: { repo_url: `${server.url.replace('//', '//gitlab-ci-token:wrong@')}/group/project.git` },
      });
      expect(ran.code).toBe(128);
      expect(ran.log).toContain('Authentication failed');
      kept(ran.log);
    });
    it('a ref that is not there', async () => {
      const ran = await fetch({ git: { refspecs: ['+refs/heads/gone:refs/remotes/origin/gone'] } });
      expect(ran.code).toBe(128);
      expect(ran.log).toContain("couldn't find remote ref refs/heads/gone");
      kept(ran.log);
    });
    it('a commit that is not there', async () => {
      const ran = await fetch({ git: { sha: `${'0'.repeat(39)}1` } });
      expect(ran.code).toBe(128);
      expect(ran.log).toContain('fatal: reference is not a tree: 0000000000000000000000000000000000000001');
      kept(ran.log);
    });
  });

  describe('clear_worktree', () => {
    it('removes tracked and untracked files and keeps the repository', async () => {
      await fetch();
      plant('a.log');
      const ran = await bench.run('clear_worktree', job());
      expect(ran).toMatchObject({ code: 0, log: 'Deleting tracked and untracked files...\n' });
      expect(files()).toEqual(['.git']);
      expect((await fetch()).log).toContain('Reinitialized existing');
      expect(files()).toEqual(all);
    });
    it('removes a folder in which git cannot work', async () => {
      await fetch();
      rmSync(join(project, '.git/objects'), { recursive: true });
      expect((await bench.run('clear_worktree', job())).code).toBe(0);
      expect(existsSync(project)).toBe(false);
    });
    it('never works in the repository around the builds folder', async () => {
      await git(bench.root, 'init', '-q', '.');
      plant('file');
      await git(bench.root, 'add', '-A', '.');
      expect((await bench.run('clear_worktree', job())).code).toBe(0);
      expect(existsSync(project)).toBe(false);
      expect(await git(bench.root, 'ls-files')).toContain('project/file');
    });
    it('has nothing to do without a project', async () => {
      expect((await bench.run('clear_worktree', job())).code).toBe(0);
    });
  });

  describe('submodules', () => {
    const strategy = (value: string, more: Record<string, string> = {}) => ({
      variables: { GIT_SUBMODULE_STRATEGY: value, ...more },
    });
    it('the log of a first job', async () => {
      const ran = await fetch(strategy('recursive'));
      const withLfs = lines(ran.log).filter(
        (line, index, list) => !(line === "Entering 'lib'" && list[index - 1] === "Entering 'lib'"),
      );
      expect(withLfs.slice(4)).toEqual([
        'Updating/initializing submodules recursively with git depth set to 20...',
        `Submodule 'lib' (${server.url}/group/lib.git) registered for path 'lib'`,
        "Synchronizing submodule url for 'lib'",
        `Cloning into '${project}/lib'...`,
        `Submodule path 'lib': checked out '${repositories.lib.sha}'`,
        'Updated submodules',
        "Synchronizing submodule url for 'lib'",
        "Entering 'lib'",
      ]);
      expect(ran.code).toBe(0);
      expect(readFileSync(join(project, 'lib/lib.txt'), 'utf8')).toBe('lib\n');
      expect(readFileSync(join(project, '.git/modules/lib/config'), 'utf8')).not.toContain(password);
    });

    it('a second job cleans them, and scripts can fetch inside', async () => {
      await fetch(strategy('normal'));
      plant('lib/junk');
      plant('lib/lib.txt', 'changed');
      plant('.git/modules/lib/index.lock', '');
      expect((await fetch(strategy('normal'))).code).toBe(0);
      expect(readdirSync(join(project, 'lib')).sort()).toEqual(['.git', 'lib.txt']);
      const step = await bench.run(
        'step',
        job({
          ...strategy('normal'),
          payload: { steps: [{ name: 'script', script: ['cat lib/lib.txt; git -C lib fetch origin'] }] },
        }),
      );
      expect(step).toMatchObject({ code: 0 });
      expect(step.log).toContain('\nlib\n');
    });

    it.each([
      {
        why: 'GIT_SUBMODULE_DEPTH goes before the depth of the job',
        spec: strategy('normal', { GIT_SUBMODULE_DEPTH: '3' }),
        says: 'Updating/initializing submodules with git depth set to 3...',
      },
      {
        why: 'without depth the line is short',
        spec: { ...strategy('normal'), git: { depth: 0 } },
        says: 'Updating/initializing submodules...',
      },
      {
        why: 'update flags reach git',
        spec: strategy('normal', { GIT_SUBMODULE_UPDATE_FLAGS: '--remote --jobs 2' }),
        says: "Submodule path 'lib': checked out",
      },
      {
        why: 'paths choose',
        spec: strategy('normal', { GIT_SUBMODULE_PATHS: ':(exclude)lib' }),
        says: 'Updated submodules',
      },
    ])('$why', async ({ spec, says }) => {
      const ran = await fetch(spec);
      expect({ code: ran.code, says: ran.log.includes(says) }).toEqual({ code: 0, says: true });
    });

    it('damaged submodules are thrown away', async () => {
      await fetch(strategy('recursive'));
      rmSync(join(project, '.git/modules/lib/objects'), { recursive: true });
      mkdirSync(join(project, '.git/modules/lib/objects'));
      const ran = await fetch(strategy('recursive'));
      expect({ code: ran.code, log: ran.code === 0 ? '' : ran.log }).toEqual({ code: 0, log: '' });
      expect(readFileSync(join(project, 'lib/lib.txt'), 'utf8')).toBe('lib\n');
    });

    it('SSH addresses become https ones with GIT_SUBMODULE_FORCE_HTTPS', async () => {
      const folder = repositories.project.folder;
      await git(folder, 'checkout', '-q', '-b', 'ssh');
      const sha = await commit(
        folder,
        { '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = git@git.invalid:group/lib.git\n' },
        'ssh',
      );
      await git(folder, 'checkout', '-q', 'main');
      const ran = await fetch({
        ...strategy('normal', { GIT_SUBMODULE_FORCE_HTTPS: 'true', CI_SERVER_HOST: 'git.invalid' }),
        git: { sha },
      });
      await git(folder, 'branch', '-q', '-D', 'ssh');
      expect({ code: ran.code, log: ran.code === 0 ? '' : ran.log }).toEqual({ code: 0, log: '' });
    });

    it.each([
      { why: 'an unknown strategy', spec: strategy('bogus'), message: 'unknown GIT_SUBMODULE_STRATEGY' },
      {
        why: 'a path that is only :(exclude)',
        spec: strategy('normal', { GIT_SUBMODULE_PATHS: ':(exclude) lib' }),
        message: 'GIT_SUBMODULE_PATHS: invalid submodule pathspec',
      },
    ])('$why cannot be', ({ spec, message }) => {
      expect(() => fetch(spec)).toThrow(message);
    });
  });

  describe('LFS', () => {
    /** A git-lfs that only says what it was asked. */
    const lfsJob = (variables: Record<string, string> = {}) => {
      const tools = join(bench.root, 'tools');
      mkdirSync(tools, { recursive: true });
      writeFileSync(join(tools, 'git-lfs'), '#!/bin/sh\necho "lfs $*, smudge skipped: $GIT_LFS_SKIP_SMUDGE"\n', {
        mode: 0o755,
      });
      // A machine with git-lfs has its filter in the system's config; the stand-in cannot play it.
      return { variables: { PATH: `${tools}:${process.env['PATH']}`, GIT_CONFIG_NOSYSTEM: '1', ...variables } };
    };
    const withAttributes = async () => {
      const folder = repositories.project.folder;
      await git(folder, 'checkout', '-q', '-b', 'lfs');
      const sha = await commit(
        folder,
        { 'deep/.gitattributes': '*.bin filter=lfs -text\n', 'deep/x.bin': 'pointer' },
        'lfs',
      );
      await git(folder, 'checkout', '-q', 'main');
      await git(folder, 'branch', '-q', '-D', 'lfs');
      return { sha, refspecs: [`+${sha}:refs/pipelines/1`] };
    };
    it('files are pulled where an attribute asks for it, at any depth', async () => {
      const ran = await fetch({ ...lfsJob(), git: await withAttributes() });
      expect(ran.log).toContain('lfs pull, smudge skipped: 1\n\nSkipping Git submodules setup');
    });
    it('hooks before the sources have the job’s own setting, hooks after them that of the sources', async () => {
      const hook = 'echo "smudge: ${GIT_LFS_SKIP_SMUDGE-as usual}"';
      const ran = await fetch({ runner: { pre_get_sources_script: hook, post_get_sources_script: hook } });
      expect(ran.log.match(/^smudge: .*$/gm)).toEqual(['smudge: as usual', 'smudge: 1']);
    });
    it('without such files it is not even started; the empty line stays', async () => {
      const ran = await fetch(lfsJob());
      expect(ran.log).not.toContain('lfs pull');
      expect(ran.log).toContain('...\n\nSkipping Git submodules setup');
    });
    it('GIT_LFS_SKIP_SMUDGE leaves pointers', async () => {
      const ran = await fetch({ ...lfsJob({ GIT_LFS_SKIP_SMUDGE: 'true' }), git: await withAttributes() });
      expect(ran.log).not.toContain('lfs pull');
      expect(readFileSync(join(project, 'deep/x.bin'), 'utf8')).toBe('pointer');
    });
    it('submodules are looked through too', async () => {
      const ran = await fetch(lfsJob({ GIT_SUBMODULE_STRATEGY: 'normal' }));
      expect(ran.code).toBe(0);
      expect(ran.log.match(/Entering 'lib'/g)).toHaveLength(2);
    });
  });

  describe('a server with a private authority', () => {
    let secure: GitServer;
    let authority = '';
    beforeAll(async () => {
      const pair = createCertificate(origin.root);
      authority = pair.cert;
      secure = await startGitServer(origin.root, { password, tls: pair });
    });
    afterAll(() => secure.close());
    const tls = (more: JobSpec = {}) =>
      job({
        ...more,
        git: { repo_url: `${secure.url.replace('//', `//gitlab-ci-token:${password}@`)}/group/project.git` },
        variables: { CI_SERVER_TLS_CA_FILE: { file: authority } },
      });
    it('git trusts it for this server, the person’s config stays as it is', async () => {
      expect(await bench.run('get_sources', tls())).toMatchObject({ code: 0 });
      expect(existsSync(join(bench.root, '.gitconfig'))).toBe(false);
      expect(files()).toEqual(all);
    });
    it('in a container the global config knows it, for hooks', async () => {
      const spec = tls({
        traits: { sharedEnvironment: false, safeDirectory: true },
        runner: { pre_get_sources_script: 'git ls-remote "$REMOTE" HEAD' },
      });
      const remote = `${secure.url.replace('//', `//gitlab-ci-token:${password}@`)}/group/project.git`;
      const ran = await bench.run('get_sources', { ...spec, variables: { ...spec.variables, REMOTE: remote } });
      expect(ran.code).toBe(0);
      expect(ran.log).toContain('\tHEAD\n');
      expect(readFileSync(join(bench.root, '.gitconfig'), 'utf8')).toContain(`directory = ${project}`);
    });
    it('without it git refuses', async () => {
      const ran = await bench.run('get_sources', { ...tls(), variables: {} });
      expect(ran.code).toBe(128);
      expect(ran.log).toMatch(/certificate/i);
    });
  });

  describe.each([
    { tool: 'dash', program: ['dash'] },
    { tool: 'busybox', program: ['busybox', 'sh'] },
  ])('in $tool', ({ tool, program }) => {
    itWith(tool, 'all stages of two jobs, the second on a damaged tree', async () => {
      const spec = job({
        shell: 'sh',
        variables: { F: { file: 'x' }, GIT_SUBMODULE_STRATEGY: 'recursive' },
        payload: { steps: [{ name: 'script', script: ['cat $F README.md', 'exit 4'] }] },
      });
      const codes: (number | null)[] = [];
      for (const stage of [
        'prepare_script',
        'get_sources',
        'step',
        'cleanup_file_variables',
        'get_sources',
        'clear_worktree',
      ] as const) {
        const ran = await bench.run(stage, spec, program);
        codes.push(ran.code);
        if (stage === 'step') expect(ran.log).toContain('\nxhello\nsecond\n$ exit 4\n');
        if (stage === 'cleanup_file_variables') writeFileSync(join(project, '.git/HEAD'), 'garbage');
      }
      expect(codes).toEqual([0, 0, 4, 0, 0, 0]);
      expect(files()).toEqual(['.git']);
    });
  });

  it('paths that count from where the script starts (SSH)', async () => {
    const directories = {
      builds: 'builds',
      cache: 'cache',
      project: 'builds/group/project',
      temporary: 'builds/group/project.tmp',
    };
    const spec = job({
      variables: { F: { file: 'x' }, GIT_SUBMODULE_STRATEGY: 'normal' },
      payload: { steps: [{ name: 'script', script: ['echo $F; git remote get-url origin'] }] },
    });
    const run = (stage: ScriptStage) =>
      runScript(renderStage(stage, { ...bench.context(spec), directories }) ?? '', {
        cwd: bench.root,
        program: ['bash'],
      });
    expect(await run({ name: 'get_sources' })).toMatchObject({ code: 0 });
    const step = await run({ name: 'step', index: 0 });
    expect(step.log).toContain(`\n${bench.root}/builds/group/project.tmp/F\n`);
    expect(step.log).toContain(`gitlab-ci-token:${password}@`);
    expect(await run({ name: 'get_sources' })).toMatchObject({
      code: 0,
      log: expect.stringContaining('Reinitialized'),
    });
    expect(await run({ name: 'cleanup_file_variables' })).toMatchObject({ code: 0 });
    expect(readdirSync(join(bench.root, 'builds/group/project.tmp'))).toEqual(['git-template']);
  });

  describe('cleanup_file_variables', () => {
    it('nothing secret stays, locks go', async () => {
      const spec = { variables: { KUBE: { file: 'k1\nk2' } } };
      await bench.run('prepare_script', job(spec));
      await fetch(spec);
      plant('.git/index.lock', '');
      const file = join(bench.directories.temporary, 'KUBE');
      expect(readFileSync(file, 'utf8')).toBe('k1\nk2');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const ran = await bench.run('cleanup_file_variables', job(spec));
      expect(ran).toMatchObject({ code: 0, log: '' });
      expect(readdirSync(bench.directories.temporary)).toEqual(['git-template']);
      expect(existsSync(join(project, '.git/index.lock'))).toBe(false);
    });

    it('a helper of the person forgets what a script of the job told it', async () => {
      const store = join(bench.root, '.git-credentials');
      const host = server.url.replace('http://', '');
      writeFileSync(join(bench.root, '.gitconfig'), '[credential]\n\thelper = store\n');
      writeFileSync(store, `http://gitlab-ci-token:x@${host}\nhttp://me:mine@${host}\n`);
      await fetch();
      await bench.run('cleanup_file_variables', job());
      expect(readFileSync(store, 'utf8')).toBe(`http://me:mine@${host}\n`);
    });

    it.each([
      {
        why: 'fetch: tracked files are reset, others go',
        value: 'fetch',
        log: expect.stringContaining('Removing junk.txt\nHEAD is now at'),
        left: all,
      },
      { why: 'clone: the folder goes', value: 'clone', log: '', left: undefined },
      {
        why: 'none: nothing is touched',
        value: 'none',
        log: 'Skipping build directory cleanup step\n',
        left: [...all, 'junk.txt'].sort(),
      },
    ])('FF_ENABLE_JOB_CLEANUP, $why', async ({ value, log, left }) => {
      await fetch();
      plant('junk.txt');
      const ran = await bench.run(
        'cleanup_file_variables',
        job({ variables: { FF_ENABLE_JOB_CLEANUP: 'true', GIT_STRATEGY: value } }),
      );
      expect(ran).toMatchObject({ code: 0, log });
      expect(existsSync(project) ? files() : undefined).toEqual(left);
    });
  });
});
