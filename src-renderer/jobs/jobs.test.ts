import { describe, expect, it } from 'vitest';
import { busyJobs, manyJobs } from '../../test/support/recordings.ts';
import { jobOutcome, jobPlace, jobTime, pillText, reasonText, stageText } from './describe.ts';
import { countTabs, filterJobs, noFilter } from './filter.ts';
import { jobRowHeight, listRows, rowsBetween } from './list-rows.ts';
import { markdownOf } from './markdown.ts';

const now = new Date(2026, 10, 25, 14, 9).getTime();
const jobs = busyJobs(now);
/** Without the time that it waited. */
const words = (job: (typeof jobs)[number]): string => {
  const { queuedSeconds: _, ...rest } = job;
  return jobOutcome(rest);
};
const named = (name: string) => jobs.find((job) => job.name === name) ?? (jobs[0] as (typeof jobs)[number]);

describe('filter', () => {
  it.each([
    { why: 'nothing hides nothing', filter: {}, names: jobs.map(({ name }) => name) },
    { why: 'text stands in the name', filter: { text: 'deploy' }, names: ['deploy:review'] },
    { why: 'every word must stand somewhere', filter: { text: 'storefront unit' }, names: ['test:unit'] },
    { why: 'a commit by its start', filter: { text: '8fd84d51 lint' }, names: ['lint'] },
    { why: 'a job by its number', filter: { text: '8950' }, names: ['test:e2e'] },
    { why: 'the running ones', filter: { tab: 'running' as const }, names: ['test:integration', 'build:image'] },
    { why: 'a ref', filter: { ref: 'main' }, names: ['build:image'] },
    { why: 'a runner', filter: { runner: 'r-shell', state: 'failed' as const }, names: ['test:integration'] },
  ])('$why', ({ filter, names }) =>
    expect(filterJobs(jobs, { ...noFilter, ...filter }).map(({ name }) => name)).toEqual(names),
  );

  it('no filter gives the very same list', () => expect(filterJobs(jobs, noFilter)).toBe(jobs));
  it('tabs are counted', () => expect(countTabs(jobs)).toEqual({ all: 13, running: 2, failed: 3, local: 0 }));
});

describe('rows', () => {
  it('stand under headings: at work, then by day', () => {
    const { rows } = listRows(jobs, now);
    expect(rows.flatMap((row) => (row.kind === 'group' ? [row.label] : []))).toEqual(['Running', 'Today', 'Yesterday']);
  });

  it('a window of 10,000 jobs holds what is in view only, at once', () => {
    const { rows, height } = listRows(manyJobs(now, 10_000), now);
    expect(height).toBeGreaterThanOrEqual(10_000 * jobRowHeight);
    const began = performance.now();
    for (let at = 0; at < 1000; at++) rowsBetween(rows, at * 400, at * 400 + 800);
    expect((performance.now() - began) / 1000).toBeLessThan(1);
    const view = rowsBetween(rows, 200_000, 200_800);
    expect(view.length).toBeLessThan(22);
    expect(view[0]?.top).toBeLessThanOrEqual(200_000);
    expect((view.at(-1)?.top ?? 0) + jobRowHeight).toBeGreaterThanOrEqual(200_800);
  });
});

describe('words', () => {
  it.each([
    {
      why: 'a failed one says what failed',
      text: words(named('deploy:review')),
      words: 'Exit code 42 in script',
    },
    {
      why: 'one that may fail says so',
      text: words(named('audit')),
      words: 'Allowed to fail · Exit code 1 in script',
    },
    { why: 'a canceled one says that', text: words(named('test:e2e')), words: 'Canceled' },
    {
      why: 'a timeout names its limit',
      text: words(jobs.find(({ key }) => key === 'r-shell-8800') ?? named('lint')),
      words: 'Timed out after 1 h',
    },
    {
      why: 'trouble of this machine speaks for itself',
      text: words(jobs.find(({ key }) => key === 'r-mbp-8700') ?? named('lint')),
      words: 'Docker stopped answering after 12 s',
    },
    { why: 'whose it is', text: jobPlace(named('lint')), words: `orbit/payments-api · ${named('lint').ref}` },
    {
      why: 'how long it waited, and an exit code that the reason does not say',
      text: jobOutcome({
        ...named('lint'),
        state: 'failed',
        message: 'Job failed: lost',
        exitCode: 7,
        queuedSeconds: 62.4,
      }),
      words: 'Lost · Exit code 7 · waited 1:02',
    },
    { why: 'a running one shows its clock', text: pillText(named('test:integration'), now), words: 'Running 1:26' },
    { why: 'a failed one its exit code', text: pillText(named('deploy:review'), now), words: 'Failed, exit code 42' },
    {
      why: 'a short one shows tenths',
      text: jobTime({ ...named('lint'), startedMs: now - 700, endedMs: now }, now),
      words: '0.7 s',
    },
    {
      why: 'an hour',
      text: jobTime({ ...named('lint'), startedMs: now - 3_600_000, endedMs: now }, now),
      words: '1:00:00',
    },
    { why: 'a known reason', text: reasonText('job_execution_timeout'), words: 'Timed out' },
    { why: 'a reason of a later GitLab', text: reasonText('some_new_reason'), words: 'some new reason' },
    { why: 'a stage', text: stageText('step_script'), words: 'Script' },
    { why: 'a step of its own', text: stageText('step_release'), words: 'Step release' },
  ])('$why', ({ text, words }) => expect(text).toBe(words));
});

describe('as Markdown', () => {
  it('says what a person would want to know; what strangers wrote stays text', () => {
    const text = markdownOf(
      {
        ...named('deploy:review'),
        name: 'a|b [x](http://evil.test) <img>',
        webUrl: 'https://gitlab.orbit.dev/orbit/payments-api/-/jobs/8980',
        details: { image: 'alpine:3.22', artifactsSentBytes: '18200' },
      },
      [{ line: 251, text: 'FAIL ``` <b>x</b>' }],
    );
    const lines = text.split('\n');
    expect(lines[0]).toBe(
      '[**a\\|b \\[x\\]\\(http://evil.test\\) \\<img\\>**](https://gitlab.orbit.dev/orbit/payments-api/-/jobs/8980): Failed',
    );
    expect(lines).toContain('| Result | Exit code 42 in script |');
    expect(lines).toContain('| Artifacts sent | 18.2 KB |');
    expect(lines).toContain('| Get sources | 1.4 s |');
    expect(lines.slice(-4)).toEqual(['````text', '252: FAIL ``` <b>x</b>', '````', '']);
  });

  it('an address that is none makes no link', () =>
    expect(markdownOf({ ...named('lint'), webUrl: 'javascript:alert(1)' }, []).split('\n')[0]).toBe(
      '**lint**: Passed',
    ));
});
