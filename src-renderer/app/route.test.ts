import { describe, expect, it } from 'vitest';
import { hashOf, parseRoute, type Route } from './route.ts';

const routes: readonly Route[] = [
  { view: 'jobs' },
  { view: 'jobs', job: 'abc-12' },
  { view: 'jobs', job: 'with/slash and ü' },
  { view: 'jobs', job: 'abc-12', lines: [10, 10] },
  { view: 'jobs', job: 'abc-12', lines: [10, 20] },
  { view: 'runners' },
  { view: 'runners', runner: 'r-1' },
  { view: 'add-runner' },
  { view: 'pipelines' },
  { view: 'pipelines', pipeline: 'p1' },
  { view: 'run-pipeline' },
  { view: 'config' },
  { view: 'config', runner: 'r-1' },
  { view: 'settings' },
];

describe('routes', () => {
  it.each(routes)('%j is read as it was written', (route) => expect(parseRoute(hashOf(route))).toEqual(route));
  it.each([
    { why: 'nothing', hash: '', route: { view: 'jobs' } },
    { why: 'the token of the web host', hash: '#token=abc', route: { view: 'jobs' } },
    { why: 'what the tray writes', hash: '#/jobs/a%2Fb', route: { view: 'jobs', job: 'a/b' } },
    { why: 'lines the wrong way round', hash: '#/jobs/a/L20-L10', route: { view: 'jobs', job: 'a', lines: [10, 20] } },
    { why: 'lines that are none', hash: '#/jobs/a/Lx', route: { view: 'jobs', job: 'a' } },
    { why: 'a broken escape', hash: '#/jobs/%E0%A4%A', route: { view: 'jobs', job: '%E0%A4%A' } },
  ])('$why', ({ hash, route }) => expect(parseRoute(hash)).toEqual(route));
});
