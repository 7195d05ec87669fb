import fc from 'fast-check';
import { expect, it } from 'vitest';
import { configKeys, keyAt } from '../../src-shared/config-schema.ts';
import { nameOfKey } from './describe-key.ts';
import { diffRows } from './diff-rows.ts';
import { globalGroups, runnerGroups } from './groups.ts';
import { mergeTexts } from './merge-texts.ts';
import { changeBetween } from './text-change.ts';
import { keyOfWord, placeIn } from './toml-context.ts';

it.each(['shell', 'docker', 'parallels', 'custom', ''])('every key has one place in the form (%s)', (executor) => {
  const shown = [...globalGroups(), ...runnerGroups(executor)].flatMap(({ keys, more }) => [...keys, ...more]);
  const names = shown.map(({ path }) => path.join('.'));
  expect(new Set(names).size).toBe(names.length);
  const inTables = (path: readonly string[]): boolean =>
    path.some((_, length) => {
      const meta = length + 1 < path.length && length > 0 ? keyAt(path.slice(0, length + 1)) : undefined;
      return meta?.kind === 'tables' || meta?.open === true;
    });
  const wanted = configKeys.filter(
    ({ path, kind, open }) => path.join('.') !== 'runners' && (kind !== 'table' || open) && !inTables(path),
  );
  expect(names.sort()).toEqual(wanted.map(({ path }) => path.join('.')).sort());
});

it('common keys come first, the section of the executor stands open', () => {
  const [main, docker] = runnerGroups('docker');
  expect(main?.keys.map(({ path }) => path.at(-1))).toEqual(['name', 'url', 'token', 'executor', 'shell', 'limit']);
  expect(docker).toMatchObject({ id: 'docker', open: true });
  expect(docker?.keys[0]?.path).toEqual(['runners', 'docker', 'image']);
  expect(runnerGroups('shell').find(({ id }) => id === 'docker')?.open).toBe(false);
  expect(runnerGroups('shell').at(-1)?.id).toBe('idle');
});

it.each([
  { path: ['runners', 'docker', 'pull_policy'], name: 'Pull policy' },
  { path: ['runners', 'cache', 's3', 'BucketName'], name: 'Bucket name' },
  { path: ['runners', 'tls-ca-file'], name: 'TLS CA file' },
  { path: ['runners', 'limit'], name: 'Jobs at once' },
  { path: ['runners', 'docker', 'service_cpus'], name: 'Service CPUs' },
])('$name is how the form calls its key', ({ path, name }) => {
  expect(nameOfKey(path)).toBe(name);
});

it('the smallest change between two texts', () => {
  expect(changeBetween('limit = 2\n', 'limit = 4\n')).toEqual({ from: 8, to: 9, insert: '4' });
  expect(changeBetween('aa', 'aaa')).toEqual({ from: 2, to: 2, insert: 'a' });
  expect(changeBetween('a', 'a')).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const change = changeBetween(a, b);
      expect(change ? a.slice(0, change.from) + change.insert + a.slice(change.to) : a).toBe(b);
    }),
  );
});

it('rows of a difference', () => {
  expect(diffRows('a\nlimit = 2\nb\n', 'a\nlimit = 4\nb\nnew\n')).toEqual({
    count: 2,
    rows: [
      { kind: 'gone', line: 2, text: 'limit = 2', change: 0 },
      { kind: 'new', line: 2, text: 'limit = 4', change: 0 },
      { kind: 'new', line: 4, text: 'new', change: 1 },
    ],
  });
  expect(diffRows('', 'a\n').rows.map(({ text }) => text)).toContain('a');
});

it.each([
  { why: 'both are kept', mine: 'A\nb\nc\nd\ne', theirs: 'a\nb\nc\nd\nE', text: 'A\nb\nc\nd\nE', overlaps: 0 },
  {
    why: 'mine wins where both changed a line, and that is counted',
    mine: 'a\nb\nM\nd\ne',
    theirs: 'a\nb\nT\nd\nE',
    text: 'a\nb\nM\nd\nE',
    overlaps: 1,
  },
  {
    why: 'the same change twice is one',
    mine: 'a\nX\nc\nd\ne',
    theirs: 'a\nX\nc\nd\ne',
    text: 'a\nX\nc\nd\ne',
    overlaps: 0,
  },
  {
    why: 'a line that went and one that came',
    mine: 'a\nc\nd\ne',
    theirs: 'a\nb\nc\nd\ne\nf',
    text: 'a\nc\nd\ne\nf',
    overlaps: 0,
  },
])('merge: $why', ({ mine, theirs, text, overlaps }) => {
  expect(mergeTexts('a\nb\nc\nd\ne', mine, theirs)).toEqual({ text, overlaps });
});

it('merge with one side unchanged is the other side', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((all) => all.join('\n'));
  fc.assert(
    fc.property(lines, lines, (base, changed) => {
      expect(mergeTexts(base, changed, base)).toEqual({ text: changed, overlaps: 0 });
      expect(mergeTexts(base, base, changed)).toEqual({ text: changed, overlaps: 0 });
    }),
  );
});

it.each([
  { lines: ['conc'], place: { kind: 'key', table: [] } },
  { lines: ['[[runners]]', '  [runners.docker]', '    pull_'], place: { kind: 'key', table: ['runners', 'docker'] } },
  {
    lines: ['[[runners]]', 'docker.pull_policy = "al'],
    place: { kind: 'value', path: ['runners', 'docker', 'pull_policy'] },
  },
  { lines: ['[[runners]]', '  [run'], place: { kind: 'header' } },
  { lines: ['# conc'], place: undefined },
])('completion knows where $lines ends', ({ lines, place }) => {
  expect(placeIn(lines)).toEqual(place);
});

it('the key under a word', () => {
  expect(keyOfWord(['[[runners]]', '  limit = 3'], 'limit')?.path).toEqual(['runners', 'limit']);
  expect(keyOfWord(['[runners.docker]'], 'docker')?.path).toEqual(['runners', 'docker']);
  expect(keyOfWord(['[[runners]]', '  name = "limit"'], 'limit')).toBeUndefined();
});
