// `npm run bench`: loads the built runner through a coordinator on loopback and prints figures; nothing is asserted.
// `npm run bench -- overhead trace` runs some of them. Build first (`npm run build`).
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../tools/install.mjs';
import { benchUi } from './ui.mjs';

const folder = mkdtempSync(join(tmpdir(), 'harrier-bench-'));
const parts = ['coordinator/index', 'git-server', 'sample-repository', 'sshd'];
await build({
  entryPoints: parts.map((part) => join(root, `test/support/${part}.ts`)),
  bundle: true,
  platform: 'node',
  format: 'esm',
  outdir: join(folder, 'support'),
  outbase: join(root, 'test/support'),
  outExtension: { '.js': '.mjs' },
});
const support = (part) => import(pathToFileURL(join(folder, 'support', `${part}.mjs`)).href);
const { startTestCoordinator } = await support('coordinator/index');

/** Runs `count` jobs through one engine and answers their times and the engine's memory and CPU. */
async function load(
  count,
  job,
  { concurrent = 1, profile = '', executor = 'executor = "shell"', repository, meanwhile } = {},
) {
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(join(home, '.bash_profile'), profile);
  const coordinator = await startTestCoordinator(repository ? { repository } : {});
  const config = join(home, 'config.toml');
  writeFileSync(
    config,
    `concurrent = ${concurrent}\ncheck_interval = 1\nlog_level = "error"\n[[runners]]\n  name = "bench"\n  url = "${coordinator.url}"\n` +
      `  token = "${coordinator.token}"\n  request_concurrency = ${concurrent}\n  output_limit = 4000000\n  ${executor}\n`,
    { mode: 0o600 },
  );
  const jobs = Array.from({ length: count }, (_, index) => coordinator.queue(job(index)));
  const started = performance.now();
  const engine = spawn(
    process.execPath,
    [join(root, 'dist', 'cli.js'), 'run', '--config', config, '--working-directory', home],
    { env: { PATH: process.env.PATH, HOME: home, HARRIER_DATA: join(home, 'data') }, stdio: 'ignore' },
  );
  let peakMb = 0;
  let firstMb = 0;
  const watch = setInterval(() => {
    const status = read(`/proc/${engine.pid}/status`);
    const mb = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    peakMb = Math.max(peakMb, mb('VmHWM'));
    // Where the engine stands when its first job prints its first line: what it grows from.
    if (firstMb === 0 && jobs[0].trace !== '') firstMb = mb('VmRSS');
  }, 100);
  const ends = await Promise.all(jobs.map(({ done }) => done.then(() => performance.now() - started)));
  await meanwhile?.(engine.pid);
  clearInterval(watch);
  engine.kill('SIGTERM');
  await new Promise((done) => engine.once('exit', done));
  await coordinator.close();
  rmSync(home, { recursive: true, force: true });
  return { ends: ends.sort((a, b) => a - b), peakMb: Math.round(peakMb), grownMb: Math.round(peakMb - firstMb), jobs };
}
/** Memory and CPU of an engine that asks for jobs for so many seconds and gets none. */
async function idle(seconds) {
  let figures;
  const look = (pid) => {
    const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
    // In hundredths of a second, as Linux counts on every machine that Node runs on.
    return {
      ticks: Number(fields[11]) + Number(fields[12]),
      rssMb: Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]) / 1024,
    };
  };
  await load(1, trivial, {
    meanwhile: async (pid) => {
      await new Promise((done) => setTimeout(done, 4000));
      const before = look(pid).ticks;
      await new Promise((done) => setTimeout(done, seconds * 1000));
      const { ticks, rssMb } = look(pid);
      figures = { cpuPercent: ((ticks - before) / seconds).toFixed(2), rssMb: Math.round(rssMb) };
    },
  });
  return figures;
}
const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const trivial = () => ({ script: ['true'] });
/** ms from one end to the next: what a queued job costs through one slot. */
const perJob = ({ ends }) => Math.round((ends.at(-1) - ends[0]) / (ends.length - 1));
const lines = (bytes) =>
  `head -c ${bytes} < <(yes "some ordinary build output line with a path /usr/lib/node_modules/x and a number 12345")`;
const masks = [1, 2, 3, 4, 5].map((i) => ({ key: `S${i}`, value: `secret-number-${i}-xyzzy`, masked: true }));

/** What a section of a log with timestamps took. */
const sectionSeconds = (trace, name) => {
  const at = (kind) => Date.parse(new RegExp(`^(\\S+Z).*section_${kind}:\\d+:${name}`, 'm').exec(trace)?.[1] ?? '');
  return ((at('end') - at('start')) / 1000).toFixed(2);
};

const scenarios = {
  async overhead() {
    return `${perJob(await load(20, trivial))} ms a queued job, one slot`;
  },
  async profile() {
    return `${perJob(await load(10, trivial, { profile: 'sleep 0.15\n' }))} ms a queued job, login profile of 150 ms`;
  },
  async git() {
    const repositories = join(folder, 'git');
    const { main } = (await support('sample-repository')).createSampleRepository(repositories).sha;
    const server = await (await support('git-server')).startGitServer({ root: repositories });
    const repository = { url: `${server.url}/group/project.git`, sha: main };
    const result = perJob(await load(20, trivial, { repository }));
    await server.close();
    return `${result} ms a queued job with its sources over HTTP, one slot`;
  },
  async throughput() {
    const { ends, peakMb } = await load(200, trivial, { concurrent: 20 });
    return `${(200 / ((ends.at(-1) - ends[0]) / 1000)).toFixed(1)} jobs/s, 20 at once, peak ${peakMb} MB`;
  },
  async trace() {
    const rows = [];
    for (const megabytes of [1, 10, 100, 1000]) {
      const job = () => ({ script: ['date +%s%N', lines(megabytes * 1e6)], variables: masks });
      const { ends, peakMb, jobs } = await load(1, job);
      rows.push(
        `${megabytes} MB: ${(megabytes / (ends[0] / 1000)).toFixed(0)} MB/s with start, peak ${peakMb} MB${jobs[0].checksumFits ? '' : ', WRONG CHECKSUM'}`,
      );
    }
    return rows.join('; ');
  },
  async timestamps() {
    const variables = [{ key: 'FF_TIMESTAMPS', value: 'true' }];
    const { ends, peakMb } = await load(1, () => ({ script: [lines(1e8)], variables }));
    return `100 MB with line headers: ${(100 / (ends[0] / 1000)).toFixed(0)} MB/s with start, peak ${peakMb} MB`;
  },
  async files() {
    const variables = [
      { key: 'FF_TIMESTAMPS', value: 'true' },
      { key: 'GIT_STRATEGY', value: 'none' },
    ];
    const rows = [];
    for (const count of [1_000, 10_000, 100_000]) {
      const make = `for d in $(seq ${count / 1000}); do mkdir -p out/$d; for f in $(seq 1000); do echo "content of $d $f" > out/$d/$f; done; done`;
      const artifacts = [{ name: 'files', paths: ['out/'], artifact_type: 'archive', artifact_format: 'zip' }];
      const cache = (policy) => [{ key: 'files', paths: ['out/'], policy, when: 'on_success' }];
      const job = (index) =>
        index === 0
          ? { script: [make], artifacts, cache: cache('push'), variables }
          : { script: ['rm -rf out; mkdir out'], cache: cache('pull'), variables };
      const { jobs, peakMb } = await load(2, job);
      const took = (index, name) => sectionSeconds(jobs[index].trace, name);
      rows.push(
        `${count}: artifact ${took(0, 'upload_artifacts_on_success')} s, cache pushed ${took(0, 'archive_cache')} s, pulled ${took(1, 'restore_cache')} s, peak ${peakMb} MB`,
      );
    }
    return rows.join('; ');
  },
  async idle() {
    const { cpuPercent, rssMb } = await idle(20);
    return `${rssMb} MB, ${cpuPercent} % CPU, asking once a second`;
  },
  async ssh() {
    const repositories = join(folder, 'repositories');
    const { main } = (await support('sample-repository')).createSampleRepository(repositories).sha;
    const git = await (await support('git-server')).startGitServer({ root: repositories });
    const repository = { url: `${git.url}/group/project.git`, sha: main };
    const host = join(folder, 'ssh-host');
    mkdirSync(host);
    const sshd = await (await support('sshd')).startSshd({ folder: host });
    const keys = Object.entries(sshd.settings()).map(([key, value]) => `    ${key} = ${JSON.stringify(value)}\n`);
    const over = { executor: `executor = "ssh"\n  [runners.ssh]\n${keys.join('')}`, repository };
    const plain = perJob(await load(20, trivial, { repository }));
    const remote = perJob(await load(20, trivial, over));
    const bytes = 1e8;
    const log = await load(2, (index) => ({ script: index === 0 ? ['true'] : [lines(bytes)] }), over);
    const seconds = (log.ends[1] - log.ends[0]) / 1000;
    const paths = ['out/'];
    const artifacts = [{ name: 'files', paths, artifact_type: 'archive', artifact_format: 'zip', when: 'on_success' }];
    const make = 'mkdir out; for i in $(seq 5000); do echo "content of $i" > out/$i; done';
    const variables = [{ key: 'FF_TIMESTAMPS', value: 'true' }];
    const { jobs } = await load(1, () => ({ script: [make], artifacts, variables }), over);
    await sshd.stop();
    await git.close();
    return [
      `${remote} ms a queued job with git over SSH to this machine (shell: ${plain} ms)`,
      `100 MB of log: ${(bytes / 1e6 / seconds).toFixed(0)} MB/s`,
      `5,000 files as an artifact: ${sectionSeconds(jobs[0].trace, 'upload_artifacts_on_success')} s`,
    ].join('; ');
  },
  async slots() {
    const rows = [];
    for (const count of [1, 10, 100]) {
      const { peakMb } = await load(count, () => ({ script: ['sleep 3'] }), { concurrent: count });
      rows.push(`${count}: peak ${peakMb} MB`);
    }
    return rows.join('; ');
  },
  async 'docker-files'() {
    const image = process.env.BENCH_IMAGE ?? 'busybox';
    const policy = `pull_policy = "if-not-present"`;
    const executor = `executor = "docker"\n[runners.docker]\nimage = "${image}"\nhelper_image = "${image}"\n${policy}\nvolumes = ["/cache"]`;
    const variables = [{ key: 'GIT_STRATEGY', value: 'none' }];
    const big = { script: ['dd if=/dev/urandom of=big bs=1M count=1000 2>/dev/null'], artifacts: [{ paths: ['big'] }] };
    const artifact = await load(1, () => ({ ...big, variables }), { executor });
    const make = 'mkdir -p many; i=0; while [ $i -lt 20000 ]; do echo $i > many/$i; i=$((i+1)); done';
    const count = 'echo "found $(ls many 2>/dev/null | wc -l)"';
    const cache = [{ key: 'many', paths: ['many'], policy: 'pull-push', when: 'on_success' }];
    const job = (index) => ({ script: [count, index === 0 ? make : 'true'], cache, variables });
    const files = await load(2, job, { executor });
    const ours = ['--filter', 'label=com.gitlab.gitlab-runner.runner.id=test-coor', '--filter', 'dangling=true'];
    const volumes = spawnSync('docker', ['volume', 'ls', '-q', ...ours], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean);
    spawnSync('docker', ['volume', 'rm', ...volumes]);
    const found = files.jobs.map(({ trace }) => /^found (\d+)/m.exec(trace)?.[1]);
    const took = (ms) => `${(ms / 1000).toFixed(1)} s`;
    return [
      `1 GB artifact: ${took(artifact.ends[0])}, RSS grows by ${artifact.grownMb} MB to ${artifact.peakMb} MB, ${artifact.jobs[0].artifacts[0]?.body.length ?? 0} bytes came`,
      `cache of 20,000 files: ${took(files.ends[0])} to save, ${took(files.ends[1] - files.ends[0])} to restore and save (found ${found.join(', ')}), RSS grows by ${files.grownMb} MB to ${files.peakMb} MB`,
    ].join('; ');
  },
  async local() {
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    const stage = (name, script, more) =>
      Array.from({ length: 10 }, (_, i) => `${name}${i}: {stage: ${name}, script: [${script(i)}]${more(i)}}`).join(
        '\n',
      );
    writeFileSync(
      join(repository, '.gitlab-ci.yml'),
      `stages: [a, b]\n${stage(
        'a',
        (i) => `mkdir o${i}, echo ${i} > o${i}/f`,
        (i) => `, artifacts: {paths: [o${i}/]}`,
      )}\n${stage(
        'b',
        (i) => `cat o${i}/f`,
        () => '',
      )}\n`,
    );
    const git = (...args) =>
      spawnSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@b', ...args], { cwd: repository });
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'x');
    const time = (...args) => {
      const from = performance.now();
      const { status } = spawnSync(
        process.execPath,
        [join(root, 'dist', 'cli.js'), 'exec', '--cwd', repository, ...args],
        {
          env: { PATH: process.env.PATH, HOME: folder },
        },
      );
      return `${((performance.now() - from) / 1000).toFixed(2)} s${status === 0 ? '' : ` (exit ${status})`}`;
    };
    return `20 jobs in two stages with artifacts: ${[1, 2, 3].map(() => time()).join(', ')}; list: ${time('--list')}`;
  },
  async ui() {
    return (await benchUi({ folder, startTestCoordinator })).join('\n            ');
  },
};

const asked = process.argv.slice(2);
const { model } = cpus()[0] ?? { model: 'unknown' };
console.log(
  `${cpus().length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.versions.node}`,
);
for (const [name, scenario] of Object.entries(scenarios))
  if (asked.length === 0 || asked.includes(name)) console.log(`${name.padEnd(12)}${await scenario()}`);
rmSync(folder, { recursive: true, force: true });
