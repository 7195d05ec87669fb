import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepLinkIn, deepLinkOf, readDeepLink } from './deep-link.ts';

describe('links from outside (S14)', () => {
  it.each([
    ['harrier://job/ab12-99', '#/jobs/ab12-99'],
    ['harrier://job/ab12-99#L10', '#/jobs/ab12-99/L10'],
    ['harrier://job/4711#L10-L20', '#/jobs/4711/L10-L20'],
    ['harrier://job/4711#L10-20', '#/jobs/4711/L10-L20'],
    ['harrier://runner/0a1b2c3d4e', '#/runners/0a1b2c3d4e'],
    ['harrier://pipeline/p1', '#/pipelines/p1'],
    ['harrier://add/', '#/runners/add'],
    ['harrier://settings', '#/settings'],
  ])('%s opens %s', (link, hash) => expect(readDeepLink(link)).toBe(hash));

  it.each([
    'https://gitlab.com',
    'harrier:job/1',
    'HARRIER://job/1',
    'harrier://',
    'harrier://job/',
    'harrier://job/../settings',
    'harrier://job/a/b',
    'harrier://job/1?token=x',
    'harrier://job/1#L0x10',
    'harrier://job/1#L1#L2',
    'harrier://job/%2e%2e',
    'harrier://job/1\n',
    'harrier://user:pw@job/1',
    'harrier://runner/x/edit',
    'harrier://stop',
    'harrier://job/<script>',
    `harrier://job/${'a'.repeat(400)}`,
  ])('%j opens nothing', (link) => expect(readDeepLink(link)).toBeUndefined());

  it('whatever comes, it is one of our places or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `harrier://${text}`),
        ),
        (text) => {
          const hash = readDeepLink(text);
          if (hash !== undefined) expect(hash).toMatch(/^#\/(?:jobs|runners|pipelines|settings)[\w./-]*$/);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is found in a command line, which is not looked at further', () => {
    expect(deepLinkIn(['/usr/bin/harrier', '--hidden', 'harrier://job/1', 'harrier://settings'])).toBe('#/jobs/1');
    expect(deepLinkIn(['--config=/x', 'https://a'])).toBeUndefined();
  });

  it.each([
    '#/jobs/ab-1/L3-L9',
    '#/jobs/ab-1',
    '#/jobs',
    '#/runners/x',
    '#/runners/add',
    '#/settings',
    '#/pipelines/p1',
  ])('a link made of %s leads back there', (hash) => expect(readDeepLink(deepLinkOf(hash) ?? '')).toBe(hash));
  it.each(['#/runners/x/edit', '#/elsewhere', ''])('%s has no link', (hash) =>
    expect(deepLinkOf(hash)).toBeUndefined(),
  );
});
