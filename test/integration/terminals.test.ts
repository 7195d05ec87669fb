import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { importImage } from '../../src-main/executors/docker/testing/image.ts';
import { startApp } from '../support/app.ts';
import { startTestCoordinator, type TestCoordinator, type TestJob } from '../support/coordinator/index.ts';
import { describeWith } from '../support/require.ts';
import { openScreen } from '../support/terminal-screen.ts';

let folder: string;
let coordinator: TestCoordinator;
let apps: HarrierApp[] = [];
beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'terminals-')));
  coordinator = await startTestCoordinator();
});
afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
  await coordinator.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (options: { runner?: string; globals?: string; executor?: string } = {}): Promise<HarrierApp> => {
  const app = await startApp(folder, coordinator, options);
  apps.push(app);
  return app;
};
const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const keyOf = (app: HarrierApp, job: TestJob): string => app.snapshot().jobs.find(({ id }) => id === job.id)?.key ?? '';
/** The job's script has come to its first line; GitLab hears of it later. */
const ready = (app: HarrierApp, job: TestJob): Promise<void> =>
  until(async () => {
    const { data } = await app.handlers['trace.read']({ job: keyOf(app, job), start: 0, length: 100_000 });
    expect(Buffer.from(data, 'base64').toString()).toMatch(/^ready$/m);
  });
const keeping = (time: string): string => `  [runners.harrier]\n    keep_failed = "${time}"\n`;
const failing = { script: ['echo made > leftover', 'exit 1'] };
const keptOf = async (app: HarrierApp, job: TestJob) => {
  await job.done;
  await until(() => expect(app.snapshot().kept.map(({ id }) => id)).toContain(job.id));
  return app.snapshot().kept.find(({ id }) => id === job.id);
};

describeWith(['bash', 'linux'], 'terminals in shell jobs', () => {
  it('open in the folder of the job with its variables, resize, and end with their shell or with the job', async () => {
    const app = await start();
    const job = coordinator.queue({
      script: ['echo "BY_JOB=written" >> "$GITLAB_ENV"', 'echo ready', 'sleep 600'],
      variables: [
        { key: 'PLAIN', value: "it's here" },
        { key: 'SECRET', value: 'planted-secret-1', masked: true },
        { key: 'FILED', value: 'in a file', file: true },
      ],
    });
    await ready(app, job);
    const key = keyOf(app, job);
    expect(app.snapshot().jobs.find((each) => each.key === key)?.terminal).toBe(true);

    const first = await openScreen(app, key);
    await first.type('echo "<$PLAIN|$(cat $FILED)|$SECRET|$CI_JOB_NAME|$PWD|$BY_JOB>"; stty size\r');
    await first.shows(/<it's here\|in a file\|planted-secret-1\|test\|.*\/builds\/\S+\/0\/group\/project\|written>/);
    await first.shows('24 80');
    await app.handlers['terminal.resize']({ terminal: first.id, columns: 123, rows: 45 });
    await first.type('stty size; tty\r');
    await first.shows('45 123');
    expect(readdirSync(folder, { recursive: true }).some((name) => String(name).includes('terminal.'))).toBe(false);

    const second = await openScreen(app, key);
    await second.type('(setsid sleep 700 &) ; exit\r');
    expect(await second.ended()).toBe('shell');
    await expect(app.handlers['terminal.write']({ terminal: second.id, data: 'x' })).rejects.toMatchObject({
      code: 'TERMINAL_GONE',
    });
    job.cancel();
    await job.done;
    expect(await first.ended()).toBe('job');
    await expect(app.handlers['terminal.open']({ job: key, columns: 80, rows: 24 })).rejects.toMatchObject({
      code: 'TERMINAL_UNAVAILABLE',
    });
    expect(app.snapshot().terminals.map(({ ended }) => ended)).toEqual(['job', 'shell']);
    for (const { id } of app.snapshot().terminals) await app.handlers['terminal.close']({ terminal: id });
    expect(app.snapshot().terminals).toEqual([]);
    expect(JSON.stringify(app.snapshot())).not.toContain('planted');
  });

  it('at most sixteen are open', async () => {
    const app = await start();
    const job = coordinator.queue({ script: ['echo ready', 'sleep 600'] });
    await ready(app, job);
    const key = keyOf(app, job);
    const opened = await Promise.all(Array.from({ length: 16 }, () => openScreen(app, key)));
    await expect(openScreen(app, key)).rejects.toMatchObject({ code: 'TERMINAL_LIMIT' });
    await opened[0]?.type('exit\r');
    expect(await opened[0]?.ended()).toBe('shell');
    await openScreen(app, key);
  });
});

describeWith(['bash', 'linux'], 'the environment of a failed job', () => {
  it('is kept for a terminal, is not touched by the next job, and is gone when it is removed', async () => {
    const app = await start({ runner: keeping('1h') });
    const job = coordinator.queue({ ...failing, variables: [{ key: 'FILED', value: 'in a file', file: true }] });
    const kept = await keptOf(app, job);
    expect(kept).toMatchObject({ name: 'test', project: 'group/project', executor: 'shell', canExtend: true });
    expect(job.trace).toContain('Keeping the environment of this job for 1h0m0s');
    const place = kept?.place ?? '';
    expect(existsSync(join(place, 'leftover'))).toBe(true);
    expect(statSync(`${place}.tmp/FILED`).mode & 0o777).toBe(0o600);
    await until(() => expect(app.snapshot().kept[0]?.sizeBytes).toBeGreaterThan(0));

    const screen = await openScreen(app, kept?.key ?? '');
    await screen.type('echo "<$(cat leftover) $(cat $FILED) $CI_JOB_ID>"\r');
    await screen.shows(`<made in a file ${job.id}>`);

    const next = coordinator.queue({ script: ['ls', 'echo "number $CI_CONCURRENT_PROJECT_ID"'] });
    await next.done;
    expect(next.trace).toContain('number 1');
    expect(next.trace).not.toContain('leftover');

    const { untilMs } = await app.handlers['kept.extend']({ job: kept?.key ?? '', byMs: 3_600_000 });
    expect(untilMs - (kept?.untilMs ?? 0)).toBe(3_600_000);
    await app.handlers['kept.remove']({ job: kept?.key ?? '' });
    expect(await screen.ended()).toBe('kept');
    expect([existsSync(place), existsSync(`${place}.tmp`)]).toEqual([false, false]);
    expect(app.snapshot().kept).toEqual([]);
    const last = coordinator.queue({ script: ['echo "number $CI_CONCURRENT_PROJECT_ID"'] });
    await last.done;
    expect(last.trace).toContain('number 0');
    await expect(app.handlers['kept.remove']({ job: kept?.key ?? '' })).rejects.toMatchObject({ code: 'KEPT_GONE' });
  });

  it('a terminal that was open when the job failed stays open', async () => {
    const app = await start({ runner: keeping('1h') });
    const job = coordinator.queue({ script: ['echo ready', 'until [ -e go ]; do sleep 0.02; done', 'exit 1'] });
    await ready(app, job);
    const screen = await openScreen(app, keyOf(app, job));
    await screen.type('touch go\r');
    await keptOf(app, job);
    await screen.type('echo still"-"here\r');
    await screen.shows('still-here');
  });

  it('goes when its time is over', async () => {
    const app = await start({ runner: keeping('500ms') });
    const job = coordinator.queue(failing);
    await job.done;
    await until(() => expect(app.snapshot().jobs[0]?.state).toBe('failed'));
    await until(() => expect(app.snapshot().kept).toEqual([]));
    const builds = join(folder, 'builds');
    await until(() =>
      expect(readdirSync(builds, { recursive: true }).filter((name) => String(name).endsWith('leftover'))).toEqual([]),
    );
  });

  it.each([
    { why: 'in number', globals: '[harrier]\n  keep_failed_count = 1\n' },
    { why: 'in bytes', globals: '[harrier]\n  keep_failed_size = "1500k"\n' },
  ])('the oldest gives way to a limit $why', async ({ globals }) => {
    const app = await start({ runner: keeping('1h'), globals });
    const large = { script: ['head -c 1000000 /dev/zero > large', 'exit 1'] };
    const first = await keptOf(app, coordinator.queue(large));
    const job = coordinator.queue(large);
    await job.done;
    await until(() => expect(app.snapshot().kept.map(({ id }) => id)).toEqual([job.id]));
    await until(() => expect(existsSync(first?.place ?? '')).toBe(false));
  });

  it('gives way to a job that uses the same folder, which says so', async () => {
    const app = await start({ runner: `  [runners.custom_build_dir]\n    enabled = true\n${keeping('1h')}` });
    const place = [{ key: 'GIT_CLONE_PATH', value: '$CI_BUILDS_DIR/mine' }];
    const kept = await keptOf(app, coordinator.queue({ ...failing, variables: place }));
    const next = coordinator.queue({ script: ['ls'], variables: place });
    await next.done;
    expect(next.trace).toContain(`The kept environment of test (${kept?.id}) gives way: this job uses its folder`);
    expect(next.trace).not.toContain('leftover');
    expect(app.snapshot().kept).toEqual([]);
  });

  it('a job that somebody canceled is not kept; all are removed at once and when Harrier ends', async () => {
    const app = await start({ runner: keeping('1h') });
    const canceled = coordinator.queue({ script: ['echo ready', 'sleep 600'] });
    await ready(app, canceled);
    canceled.cancel();
    await canceled.done;
    const jobs = [coordinator.queue(failing), coordinator.queue(failing)];
    const places = [];
    for (const job of jobs) places.push((await keptOf(app, job))?.place ?? '');
    expect(app.snapshot().kept.length).toBe(2);
    await app.handlers['kept.removeAll']({});
    expect(places.filter((place) => existsSync(place))).toEqual([]);
    const last = (await keptOf(app, coordinator.queue(failing)))?.place ?? '';
    await app.close();
    expect(existsSync(last)).toBe(false);
    expect(
      readFileSync(join(folder, 'data', 'journal'), 'utf8')
        .trim()
        .split('\n')
        .at(-1),
    ).toContain('"ended"');
  });
});

describeWith(['docker', 'busybox', 'linux'], 'terminals in containers', () => {
  const image =
    '[runners.docker]\n    image = "harrier-test:busybox"\n    helper_image = "harrier-test:busybox"\n    pull_policy = "if-not-present"\n';
  const options = { executor: 'docker', runner: `  ${image}${keeping('1h')}` };
  beforeAll(importImage, 60_000);

  it('open in the build container while it runs, and in the kept one over a restart of Harrier', async () => {
    const app = await start(options);
    const job = coordinator.queue({
      script: ['echo ready', 'echo made > leftover', 'until [ -e go ]; do sleep 0.05; done', 'exit 1'],
      variables: [{ key: 'PLAIN', value: 'here' }],
    });
    await ready(app, job);
    const screen = await openScreen(app, keyOf(app, job));
    await screen.type('echo "<$PLAIN $PWD>"; stty size\r');
    await screen.shows(/<here \/builds\/group\/project>/);
    await screen.shows('24 80');
    await app.handlers['terminal.resize']({ terminal: screen.id, columns: 101, rows: 33 });
    await until(async () => {
      await screen.type('stty size\r');
      expect(screen.text).toContain('33 101');
    });
    await screen.type('touch go\r');
    const kept = await keptOf(app, job);
    expect(kept?.place).toMatch(/^container /);
    await app.close();

    const next = await start(options);
    await until(() => expect(next.snapshot().kept).toMatchObject([{ key: kept?.key, name: 'test' }]));
    const again = await openScreen(next, kept?.key ?? '');
    await again.type('cat leftover\r');
    await again.shows('made');
    await until(() => expect(next.snapshot().kept[0]?.sizeBytes).toBeGreaterThan(0));
    const { untilMs } = await next.handlers['kept.extend']({ job: kept?.key ?? '', byMs: 60_000 });
    expect(next.snapshot().kept[0]?.place).toContain(`kept-until-${Math.ceil(untilMs / 1000)}`);
    await next.handlers['kept.remove']({ job: kept?.key ?? '' });
    expect(await again.ended()).toBe('kept');
    expect(next.snapshot().kept).toEqual([]);
  }, 60_000);
});
