import { expect, it } from 'vitest';
import { createFakeApp } from '../support/fake-app.ts';
import { integrationLog } from '../support/recording-log.ts';
import { busyScene } from '../support/recordings.ts';
import { describeWith } from '../support/require.ts';
import { now, useWindows } from './harness.ts';

/** 200 characters: with places to break at, and without one. */
const wordy = (start: string): string => `${start}-${'a-name-that-nobody-would-choose-'.repeat(7)}`.slice(0, 200);
const solid = (start: string): string => `${start}${'x'.repeat(200)}`.slice(0, 200);

/** The busy scene, everything in it named as long as GitLab allows. */
function longScene(): ReturnType<typeof busyScene> {
  const { runners = [], jobs = [], pipelines = [], ...rest } = busyScene(now);
  return {
    ...rest,
    runners: runners.map((runner) => ({
      ...runner,
      name: wordy(runner.name),
      ...(runner.server ? { server: { ...runner.server, tags: [solid('tag'), ...'abcdefghijklmnop'] } } : {}),
    })),
    jobs: jobs.map((job, at) => ({
      ...job,
      name: at % 2 === 0 ? wordy(job.name) : solid(job.name),
      project: wordy(job.project),
      ref: solid('feature/'),
      runnerName: wordy(job.runnerName),
      details: { ...job.details, image: solid('registry.example/') },
      ...(job.message !== undefined ? { message: `Job failed (system failure): ${solid('trouble ')}` } : {}),
    })),
    pipelines: pipelines.map((pipeline) => ({
      ...pipeline,
      folder: `/${solid('home')}`,
      ref: solid('ref'),
      stages: pipeline.stages.map((stage) => ({
        name: wordy(stage.name),
        jobs: stage.jobs.map((job) => ({ ...job, name: wordy(job.name) })),
      })),
    })),
  };
}

describeWith(['chromium'], 'names of 200 characters', () => {
  const windows = useWindows();

  it.each([640, 860, 1024, 1280])('at a width of %i no view is wider than the window', async (width) => {
    const scene = longScene();
    const app = createFakeApp(scene, { 'r-mbp-9001': integrationLog(now - 86_000, true) });
    const { page } = await windows.open(app, { width, height: 640 });
    const wide: string[] = [];
    for (const place of [
      'jobs',
      'jobs/r-mbp-9001',
      'jobs/r-mbp-8980',
      'runners',
      'runners/r-shell',
      'runners/add',
      'pipelines',
      `pipelines/${scene.pipelines?.[0]?.id ?? ''}`,
      'pipelines/run',
      'containers',
      'terminals',
      'config',
      'settings',
    ]) {
      const found = await page.evaluate(async (hash) => {
        location.hash = hash;
        // Two frames: the view is shown, then laid out.
        for (let frame = 0; frame < 2; frame++) await new Promise((done) => requestAnimationFrame(done));
        const { scrollWidth, clientWidth } = document.documentElement;
        const lists = [...document.querySelectorAll<HTMLElement>('[role=listbox], nav')].filter(
          (each) => each.scrollWidth > each.clientWidth,
        );
        return [
          ...(scrollWidth > clientWidth ? [`page of ${scrollWidth}`] : []),
          ...lists.map((each) => `${each.ariaLabel} of ${each.scrollWidth} in ${each.clientWidth}`),
        ];
      }, `#/${place}`);
      wide.push(...found.map((each) => `${place}: ${each}`));
    }
    expect(wide).toEqual([]);
  });
});
