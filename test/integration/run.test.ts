import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestCoordinator, type TestCoordinator } from '../support/coordinator/index.ts';
import { type HarrierProcess, heard, isAlive } from '../support/harrier.ts';
import { describeWith } from '../support/require.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');
let folder: string;
let coordinator: TestCoordinator;
let running: HarrierProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  coordinator = await startTestCoordinator();
});
afterEach(async () => {
  for (const each of running) {
    each.process.kill('SIGKILL');
    await each.ended;
  }
  running = [];
  expect(coordinator.problems).toEqual([]);
  await coordinator.close();
  rmSync(folder, { recursive: true, force: true });
});

const config = (runners: string, globals = 'concurrent = 4\ncheck_interval = 1\n'): string => {
  const path = join(folder, 'config.toml');
  writeFileSync(path, globals + runners, { mode: 0o600 });
  return path;
};
const entry = (name: string, url = coordinator.url, token = coordinator.token, more = ''): string =>
  `[[runners]]\n  name = "${name}"\n  url = "${url}"\n  token = "${token}"\n  executor = "shell"\n${more}`;
const start = (args: readonly string[]): HarrierProcess => {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, HARRIER_DATA: join(folder, 'data') },
  });
  const started = heard(child);
  running.push(started);
  return started;
};
const run = (path: string): HarrierProcess => start(['run', '--config', path, '--working-directory', folder]);
describeWith(['bash', 'posix'], 'harrier run', () => {
  it('acknowledges a job, runs it, sends its log with the right checksum, and reports it', async () => {
    const job = coordinator.queue({ script: ['echo "hello $CI_RUNNER_SHORT_TOKEN"', 'exit 3'] });
    run(config(entry('mine')));
    await job.done;
    expect(job.updates.map(({ state }) => state)).toEqual(['running', 'failed']);
    expect(job.updates[1]).toMatchObject({ failure_reason: 'script_failure', exit_code: 3 });
    expect(job.checksumFits).toBe(true);
    expect(job.trace).toMatch(/hello test-coor\n/);
    expect(job.trace).toContain('ERROR: Job failed: exit status 3');
  });

  it('log_level and log_format count as soon as the file is changed', async () => {
    const entries = entry('mine');
    const globals = 'concurrent = 4\ncheck_interval = 1\n';
    const path = config(entries, `log_level = "error"\n${globals}`);
    const harrier = run(path);
    await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
    expect(harrier.log()).not.toContain('Configuration loaded');
    config(entries, `log_level = "info"\nlog_format = "json"\n${globals}`);
    harrier.process.kill('SIGHUP');
    const told = () =>
      harrier
        .log()
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [(JSON.parse(line) as { msg: string }).msg] : []));
    await expect
      .poll(() => {
        harrier.process.kill('SIGHUP');
        return told();
      })
      .toContain('Configuration loaded');
  });

  it('a refused runner holds up no other, and its reason is shown', async () => {
    const refused = await startTestCoordinator();
    const path = config(entry('bad', refused.url, 'glrt-wrong-token-123') + entry('good'));
    const job = coordinator.queue({});
    const engine = run(path);
    await job.done;
    await engine.said('403');
    const status = start(['status', '--config', path, '--json']);
    expect(await status.ended).toBe(1);
    const { health, runners } = JSON.parse(status.log()) as Record<string, unknown>;
    expect(runners).toMatchObject([
      { name: 'bad', state: 'unhealthy', reason: 'GitLab refused this runner: 403 Forbidden' },
      { name: 'good', state: 'idle' },
    ]);
    expect(health).toMatchObject({
      problems: ['bad: GitLab refused this runner: 403 Forbidden'],
      disk: { freeBytes: expect.any(Number), floorBytes: 256 * 1024 * 1024 },
      links: [
        { url: refused.url, state: 'refused' },
        { url: coordinator.url, state: 'ok' },
      ],
      executors: [{ name: 'shell', runners: 2, usable: 2 }],
    });
    expect(status.log()).not.toContain('glrt-');
    await refused.close();
  });

  it('renews a token before it expires, in the file and for the next request; no log holds it', async () => {
    const hour = 3_600_000;
    const time = (ms: number): string =>
      new Date(Math.floor((Date.now() + ms) / 1000) * 1000).toISOString().replace('.000', '');
    const dates = `  token_obtained_at = ${time(-9 * hour)}\n  token_expires_at = ${time(hour)} # soon\n`;
    const path = config(entry('mine', coordinator.url, coordinator.token, dates));
    const engine = run(path);
    await engine.said('was renewed');
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('token_expires_at = 2030-01-01T00:00:00Z # soon\n');
    const token = /token = "(glrt-renewed-[^"]+)"/.exec(text)?.[1] ?? '';
    expect(token).not.toBe('');
    const job = coordinator.queue({});
    await job.done;
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    for (const secret of [token, coordinator.token]) expect(engine.log() + job.trace).not.toContain(secret);
  });

  it('a freed slot asks again at once', async () => {
    const path = config(entry('mine'), 'concurrent = 1\ncheck_interval = 600\n');
    const jobs = [1, 2, 3].map(() => coordinator.queue({}));
    run(path);
    await Promise.all(jobs.map(({ done }) => done));
  });

  it('a payload with wrong fields fails that job with the reason; the engine lives on', async () => {
    const broken = coordinator.queueRaw({ steps: [{ name: 'script', script: 'no list' }] });
    const after = coordinator.queue({});
    run(config(entry('mine')));
    await broken.done;
    await after.done;
    expect(broken.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(broken.trace).toContain('steps.0.script');
  });

  it('a cancel from the page runs after_script and ends the job', async () => {
    const job = coordinator.queue({
      steps: [
        { name: 'script', script: ['echo started', 'sleep 60'] },
        { name: 'after_script', script: ['echo "after $CI_JOB_STATUS"'], when: 'always', allow_failure: true },
      ] as never,
    });
    run(config(entry('mine')));
    await job.printed('started');
    job.status = 'canceling';
    await job.done;
    expect(job.trace).toContain('after canceled');
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' });
  });

  it('outages in the middle lose nothing', async () => {
    const job = coordinator.queue({
      script: ['echo started', 'sleep 1', 'for i in $(seq 1 2000); do echo "line $i"; done'],
    });
    run(config(entry('mine')));
    await job.printed('started');
    for (const [method, path, answer] of [
      ['PATCH', '/trace', 500],
      ['PATCH', '/trace', 'cut'],
      ['PUT', '/jobs/', 'html'],
      ['PUT', '/jobs/', 'cut'],
    ] as const)
      coordinator.fail({ method, path, times: 1, answer });
    await job.done;
    expect(job.checksumFits).toBe(true);
    expect(job.trace.match(/^line \d+$/gm)?.length).toBe(2000);
  });

  it('SIGTERM lets a running job end green, then the process exits with 0', async () => {
    const job = coordinator.queue({ script: ['echo started', 'sleep 1', 'echo finished'] });
    const engine = run(config(entry('mine')));
    await job.printed('started');
    engine.process.kill('SIGTERM');
    expect(await engine.ended).toBe(0);
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    expect(job.trace).toContain('finished');
  });

  it('a second signal ends the job and reports it', async () => {
    const job = coordinator.queue({ script: ['echo started', 'sleep 60'] });
    const engine = run(config(entry('mine')));
    await job.printed('started');
    engine.process.kill('SIGTERM');
    await engine.said('Stopping');
    engine.process.kill('SIGTERM');
    expect(await engine.ended).toBe(0);
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_interrupted' });
  });

  it('after SIGKILL the next start ends the leftovers, sends the log and reports the job', async () => {
    const job = coordinator.queue({ script: ['sleep 600 & echo "pid $!"', 'echo before the end', 'wait'] });
    const path = config(entry('mine'));
    const first = run(path);
    await job.printed('before the end');
    const pid = Number(/pid (\d+)/.exec(job.trace)?.[1]);
    first.process.kill('SIGKILL');
    await first.ended;
    expect(isAlive(pid)).toBe(true);
    run(path);
    await job.done;
    expect(isAlive(pid)).toBe(false);
    expect(job.updates.at(-1)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
    expect(job.checksumFits).toBe(true);
    expect(job.trace).toContain('Harrier ended while this job was running');
  });

  it('SIGHUP reads the config anew; a broken one leaves the last good one in force', async () => {
    const other = await startTestCoordinator();
    const path = config(entry('mine'));
    const engine = run(path);
    await coordinator.queue({}).done;
    config(entry('mine') + entry('new', other.url, other.token));
    engine.process.kill('SIGHUP');
    await other.queue({}).done;
    config(`${entry('mine')}[[runners]\n`);
    engine.process.kill('SIGHUP');
    await engine.said('config.toml:8');
    await Promise.all([coordinator.queue({}).done, other.queue({}).done]);
    await other.close();
  });

  it('a drain goes on when the one who asked for it is gone', async () => {
    const go = join(folder, 'go');
    const job = coordinator.queue({ script: ['echo started', `until [ -e ${go} ]; do sleep 0.05; done`] });
    const path = config(entry('mine'));
    const engine = run(path);
    await job.printed('started');
    expect(await start(['drain', '--config', path]).ended).toBe(0);
    const status = start(['status', '--config', path, '--json']);
    await status.ended;
    expect(JSON.parse(status.log())).toMatchObject({ state: 'draining', stateText: 'Finishing 1 job, then stops' });
    const late = coordinator.queue({});
    writeFileSync(go, '');
    expect(await engine.ended).toBe(0);
    expect(job.updates.at(-1)).toMatchObject({ state: 'success' });
    expect(late.state).toBe('pending');
  });

  it('keeps its tokens from the job: environment, arguments, build folder', async () => {
    const job = coordinator.queue({
      script: [
        'env | grep -c "$T" || true',
        'ps -eo args | grep -v grep | grep -c -- "$T" || true',
        'grep -rlc "$T" "$PWD" || true',
        'echo end',
      ],
      variables: [{ key: 'T', value: 'test-coordinator-tok' }] as never,
    });
    run(config(entry('mine')));
    await job.done;
    expect(job.trace.split('\n').filter((line) => /^\d+$/.test(line))).toEqual(['1', '0']);
  });

  it('keeps the system id and leaves nothing in the job folder but the log', async () => {
    const path = config(entry('mine'));
    const job = coordinator.queue({});
    const engine = run(path);
    await job.done;
    engine.process.kill('SIGTERM');
    await engine.ended;
    const id = readFileSync(join(folder, '.runner_system_id'), 'utf8');
    expect(id).toMatch(/^[sr]_[0-9a-zA-Z]{12}$/);
    for (const left of [`${path}.lock`, `${path}.sock`]) expect(existsSync(left)).toBe(false);
    const data = readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' });
    expect(data.filter((name) => /jobs\/[^/]+\//.test(name)).map((name) => name.split('/').at(-1))).toEqual([
      'trace.log',
    ]);
  });
});

describe('what is wrong with a config file', () => {
  it.each([
    { why: 'a syntax error', text: 'concurrent = 1\n[[runners]\n', says: /config\.toml:2:\d+: / },
    { why: 'a wrong global key', text: 'concurrent = "many"\n', says: /config\.toml:1:\d+: .*concurrent/ },
    { why: 'no slots at all', text: 'concurrent = 0\n', says: /concurrent/ },
    { why: 'a file that is not there', text: undefined, says: /config\.toml/ },
  ])('is said with its place, and the process ends with 1: $why', async ({ text, says }) => {
    const path = join(folder, 'config.toml');
    if (text !== undefined) writeFileSync(path, text);
    const engine = run(path);
    expect(await engine.ended).toBe(1);
    expect(engine.log()).toMatch(says);
    if (text !== undefined) expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('an unknown key is kept and warned about; a wrong key makes one runner unhealthy', async () => {
    const path = config(
      `${entry('wrong', coordinator.url, 'glrt-other-token-1', '  limit = "two"\n')}${entry('fine')}`,
      'concurrent = 2\ncheck_interval = 1\nfuture_key = 5\n',
    );
    const job = coordinator.queue({});
    const engine = run(path);
    await job.done;
    expect(engine.log()).toContain('future_key');
    expect(coordinator.asked('glrt-other-token-1')).toBe(0);
    const status = start(['status', '--config', path]);
    await status.ended;
    expect(status.log()).toMatch(/wrong: unhealthy .*limit/);
  });

  it('a second engine on the same file is refused with the first one’s pid', async () => {
    const path = config(entry('mine'));
    const first = run(path);
    const job = coordinator.queue({});
    await job.done;
    const second = run(path);
    expect(await second.ended).toBe(1);
    expect(second.log()).toContain(String(first.process.pid));
  });
});
