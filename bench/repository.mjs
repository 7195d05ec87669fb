// `node bench/repository.mjs [MB]`: clones a repository of so many MB (1024) that does not compress over HTTP, through the
// built runner, then fetches it again; prints times and the peak memory of Harrier itself. Build first (`npm run build`).
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../tools/install.mjs';

const megabytes = Number(process.argv[2] ?? 1024);
const folder = mkdtempSync(join(tmpdir(), 'harrier-repository-'));
try {
  const outdir = join(folder, 'support');
  const entryPoints = ['coordinator/index', 'git-server'].map((name) => join(root, 'test/support', `${name}.ts`));
  await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', outdir, outExtension: { '.js': '.mjs' } });
  const { startTestCoordinator } = await import(pathToFileURL(join(outdir, 'coordinator/index.mjs')).href);
  const { startGitServer } = await import(pathToFileURL(join(outdir, 'git-server.mjs')).href);
  const sha = makeRepository();
  const server = await startGitServer({ root: join(folder, 'repositories') });
  const coordinator = await startTestCoordinator();
  const config = join(folder, 'config.toml');
  writeFileSync(
    config,
    `concurrent = 1\ncheck_interval = 1\nlog_level = "error"\n[[runners]]\n  name = "bench"\n  url = "${coordinator.url}"\n  token = "${coordinator.token}"\n  executor = "shell"\n`,
    { mode: 0o600 },
  );
  const args = [join(root, 'dist', 'cli.js'), 'run', '--config', config, '--working-directory', folder];
  const engine = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: folder, HARRIER_DATA: join(folder, 'data') },
    stdio: 'ignore',
  });
  for (const what of ['clone', 'fetch into the clone']) {
    const started = performance.now();
    const job = coordinator.queue({
      script: ['du -sm .git | cut -f1'],
      variables: [{ key: 'GIT_STRATEGY', value: 'fetch' }],
      git_info: {
        repo_url: server.withLogin('group/project.git', 'token'),
        ref: 'main',
        sha,
        depth: 20,
        refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
      },
    });
    await job.done;
    const state = job.updates.at(-1)?.state;
    const peakMb = Math.round(
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))[1]) / 1024,
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${what} of ${megabytes} MB: ${state}, ${seconds} s, peak of Harrier ${peakMb} MB`);
  }
  engine.kill('SIGTERM');
  await new Promise((done) => engine.once('exit', done));
  await coordinator.close();
  await server.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A bare repository with files of 64 MB; answers its commit. */
function makeRepository() {
  const work = join(folder, 'work');
  const git = (...words) =>
    execFileSync(
      'git',
      ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'core.compression=0', ...words],
      {
        cwd: work,
        encoding: 'utf8',
      },
    ).trim();
  mkdirSync(work);
  git('init', '-q', '-b', 'main');
  for (let index = 0; index * 64 < megabytes; index += 1) {
    writeFileSync(join(work, `part-${index}.bin`), randomBytes(Math.min(64, megabytes - index * 64) * 1024 * 1024));
    git('add', '.');
  }
  git('commit', '-q', '-m', 'one');
  mkdirSync(join(folder, 'repositories/group'), { recursive: true });
  const bare = join(folder, 'repositories/group/project.git');
  git('clone', '-q', '--bare', '--local', '.', bare);
  // The server must not spend the time: no deltas, nothing compressed.
  for (const [key, value] of [
    ['core.bigFileThreshold', '1m'],
    ['pack.compression', '0'],
  ])
    git('--git-dir', bare, 'config', key, value);
  return git('rev-parse', 'HEAD');
}
