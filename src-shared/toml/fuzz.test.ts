import fc from 'fast-check';
import { expect, it } from 'vitest';
import { removeValue, reorder, setValue } from './edit.ts';
import { isTable, isTables, type TomlPath, valueAt, valuesOf } from './values.ts';

/** How values are written, in every form that TOML has. `C` becomes a comment of its own. */
const literals = fc.constantFrom(
  '1',
  '-7',
  '1_000',
  '0x1F',
  '1.0',
  '6.5e3',
  'inf',
  'true',
  'false',
  '"plain"',
  '"with \\"quotes\\" and # no comment"',
  "'C:\\path\\n'",
  '""',
  '"ünï 🦅"',
  '"""\nline 1\n  # not a comment\n\nline 3"""',
  "'''\nraw \\ text\n'''",
  '"""one line"""',
  '2026-01-31T12:00:00Z',
  '0001-01-01T00:00:00Z',
  '2026-01-31',
  '2026-01-31T12:00:00+02:00',
  '[]',
  '[1, 2, 3]',
  '[ "a", "b" ]',
  '["a", # C\n  "b" # C\n]',
  '[\n\t"x", # C\n\t"y",\n\t# C\n\t"z",\n]',
  '[\n  1, 2,\n  3\n]',
  '[["a"], [1, 2]]',
  '{}',
  '{ a = 1, "b c" = "x" }',
  '{a.b = true, list = ["p", "q"]}',
  '[{ x = 1 }, { x = 2, y = "z" }]',
);
const names = ['alpha', 'beta', 'gamma', '"quoted key"', 'delta', 'Upper'] as const;
const keys = (max: number) =>
  fc.uniqueArray(
    fc.record({ name: fc.constantFrom(...names), literal: literals, above: fc.nat(5), behind: fc.boolean() }),
    { maxLength: max, selector: ({ name }) => name },
  );

const sections = fc.record({
  root: keys(4),
  globals: fc.uniqueArray(fc.record({ name: fc.constantFrom('session_server', 'labels', 'harrier'), keys: keys(3) }), {
    maxLength: 2,
    selector: ({ name }) => name,
  }),
  runners: fc.array(
    fc.record({
      keys: keys(5),
      docker: fc.constantFrom('none', 'table', 'dotted', 'inline'),
      dockerKeys: keys(3),
      services: fc.array(keys(2), { maxLength: 2 }),
      cacheBelow: fc.boolean(),
      flags: keys(2),
    }),
    { maxLength: 3 },
  ),
  style: fc.record({
    eol: fc.constantFrom('\n', '\r\n'),
    step: fc.constantFrom('', '  ', '\t', '    '),
    mark: fc.boolean(),
    open: fc.boolean(),
    heading: fc.boolean(),
    blank: fc.boolean(),
  }),
});
type Sections = typeof sections extends fc.Arbitrary<infer T> ? T : never;
type Keys = Sections['root'];

/** The text of a file, with numbered comments in all the places where people write them. */
function write({ root, globals, runners, style }: Sections): string {
  let number = 0;
  const comment = (): string => `# note ${++number}`;
  const lines: string[] = [];
  const put = (indent: string, prefix: string, list: Keys): void => {
    for (const { name, literal, above, behind } of list) {
      if (above === 1 || above === 2) lines.push(`${indent}${comment()}`);
      if (above === 2) lines.push(`${indent}${comment()}`);
      if (above === 3) lines.push('');
      const value = literal.replace(/# C/g, comment);
      lines.push(`${indent}${prefix}${name} = ${value}${behind && !value.endsWith('"""') ? ` ${comment()}` : ''}`);
    }
  };
  const header = (indent: string, text: string): void => {
    if (style.blank) lines.push('');
    if (number % 3 === 0) lines.push(`${indent}${comment()}`);
    lines.push(`${indent}${text}${number % 4 === 0 ? ` ${comment()}` : ''}`);
  };
  if (style.heading) lines.push(comment(), '');
  put('', '', root);
  for (const { name, keys: list } of globals) {
    header('', `[${name}]`);
    put(style.step, '', list);
  }
  for (const runner of runners) {
    header('', '[[runners]]');
    put(style.step, '', runner.keys);
    if (runner.docker === 'dotted') put(style.step, 'docker.', runner.dockerKeys);
    if (runner.docker === 'inline')
      lines.push(`${style.step}docker = { image = "x", privileged = false } ${comment()}`);
    if (runner.docker === 'table') {
      header(style.step, '[runners.docker]');
      put(style.step + style.step, '', runner.dockerKeys);
      for (const service of runner.services) {
        header(style.step + style.step, '[[runners.docker.services]]');
        put(style.step + style.step, '', service);
      }
    }
    if (runner.cacheBelow) {
      header(style.step, '[runners.cache.s3]');
      put(style.step + style.step, '', runner.flags);
    }
    if (number % 5 === 0) lines.push(`${style.step}${comment()}`, '', comment());
  }
  const text = lines.join('\n').replaceAll('\n', style.eol);
  return (style.mark ? '\uFEFF' : '') + text + (style.open ? '' : style.eol);
}

const wanted = fc.oneof(
  fc.constantFrom<unknown>(
    1,
    -2.5,
    true,
    'text',
    'two\nlines',
    "quote's",
    'back\\slash',
    '',
    'tab\there',
    '"""',
    new Date(0),
  ),
  fc.array(fc.constantFrom('a', 'b', 'x', '/cache'), { maxLength: 4 }),
  fc.constantFrom<unknown>([], [1, 2], { k: 1 }, {}, { deep: { er: 'x' }, list: ['a'] }, [
    { name: 'n' },
    { name: 'm', t: { u: 1 } },
  ]),
);
const choice = fc.record({
  kind: fc.constantFrom('set', 'set', 'new', 'remove', 'append', 'order'),
  pick: fc.nat(),
  value: wanted,
  name: fc.constantFrom('fresh', 'new key', 'alpha', 'docker'),
});

/** Every place that has a value. */
const placesIn = (value: unknown, path: TomlPath = []): TomlPath[] => {
  const inside = isTable(value) ? Object.entries(value) : Array.isArray(value) ? [...value.entries()] : [];
  return [...(path.length > 0 ? [path] : []), ...inside.flatMap(([part, each]) => placesIn(each, [...path, part]))];
};

it('random edits of random files give the right values and touch no line without need', () => {
  fc.assert(
    fc.property(sections, fc.array(choice, { minLength: 1, maxLength: 4 }), (model, choices) => {
      let text = write(model);
      for (const { kind, pick, value, name } of choices) {
        // The edit itself compares all values of the result and throws when one is wrong.
        const values = valuesOf(text.replace(/^\uFEFF/, ''));
        const places = placesIn(values);
        const place = places[pick % Math.max(1, places.length)] ?? ['alpha'];
        const before = text;
        expect(setValue(place, valueAt(values, place))(before)).toBe(before);
        if (kind === 'set') text = setValue(place, value)(text);
        if (kind === 'remove') text = removeValue(place)(text);
        if (kind === 'new' || kind === 'append') {
          const holders = [[], ...places].filter((each) =>
            kind === 'new' ? isTable(valueAt(values, each)) : isTables(valueAt(values, each)),
          );
          const holder: TomlPath | undefined = holders[pick % Math.max(1, holders.length)];
          if (holder === undefined) continue;
          const list = valueAt(values, holder);
          text =
            kind === 'new'
              ? setValue([...holder, name], value)(text)
              : setValue([...holder, Array.isArray(list) ? list.length : 0], { name: 'added' })(text);
          // Something new never costs a comment. (A value that was there under this name may have had some inside.)
          if (kind === 'append' || valueAt(values, [...holder, name]) === undefined)
            expect(notes(text)).toEqual(notes(before));
        }
        const runners = values['runners'];
        if (kind === 'order' && isTables(runners)) {
          const order = runners.map((_, index) => (index + 1 + pick) % runners.length);
          text = reorder(['runners'], order)(text);
          expect(notes(text).sort()).toEqual(notes(before).sort());
        }
        expect(/\r\n/.test(text) && /[^\r]\n/.test(text)).toBe(false);
        expect(text.startsWith('\uFEFF')).toBe(model.style.mark);
      }
    }),
    { numRuns: 1000 },
  );
});

it('a plain value changes the lines of its key only', () => {
  fc.assert(
    fc.property(sections, fc.nat(), fc.constantFrom(5, 'other', true), (model, pick, value) => {
      const text = write(model);
      const values = valuesOf(text.replace(/^\uFEFF/, ''));
      const plain = placesIn(values).filter(
        (path) =>
          typeof path.at(-1) === 'string' && !isTable(valueAt(values, path)) && !Array.isArray(valueAt(values, path)),
      );
      const place = plain[pick % Math.max(1, plain.length)];
      if (place === undefined) return;
      const after = setValue(place, value)(text);
      let head = 0;
      while (head < Math.min(text.length, after.length) && text[head] === after[head]) head += 1;
      let tail = 0;
      while (tail < Math.min(text.length, after.length) - head && text.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
      const changed = text.slice(head, text.length - tail);
      const old = valueAt(values, place);
      // A text over several lines is one value; everything else is less than a line.
      const lines = typeof old === 'string' ? old.split('\n').length + 1 : 1;
      expect(changed.split('\n').length).toBeLessThanOrEqual(lines);
    }),
    { numRuns: 1000 },
  );
});

const notes = (text: string): string[] => text.match(/# note \d+/g) ?? [];
