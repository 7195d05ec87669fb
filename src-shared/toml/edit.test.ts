import { describe, expect, it } from 'vitest';
import { removeValue, reorder, setValue } from './edit.ts';

const file = `# Our runners
concurrent = 2   # two at once

# waits
check_interval = 0

[session_server]
  session_timeout = 1800

# the first
[[runners]]
  name = "one"
  url = 'https://gitlab.test' # ours
  # kept short
  limit = 1
  [runners.docker]
    image = "alpine"
    volumes = [
      "/cache", # always
      "/data:/data:ro",
    ]
    # allowed = true

# the second
[[runners]]
  name = "two"
  environment = ["A=1", "B=2"]
  custom_build_dir = { enabled = true }
  docker.image = "x"
`;

describe('setting a value changes its line and no other', () => {
  it.each([
    {
      why: 'a number',
      path: ['concurrent'],
      value: 4,
      lines: ['-concurrent = 2   # two at once', '+concurrent = 4   # two at once'],
    },
    {
      why: 'a text keeps its quotes',
      path: ['runners', 0, 'url'],
      value: 'C:\\x',
      lines: ["-  url = 'https://gitlab.test' # ours", "+  url = 'C:\\x' # ours"],
    },
    {
      why: 'a text that literal quotes cannot hold',
      path: ['runners', 0, 'url'],
      value: "it's",
      lines: ["-  url = 'https://gitlab.test' # ours", '+  url = "it\'s" # ours'],
    },
    { why: 'the same value: nothing', path: ['concurrent'], value: 2, lines: [] },
    {
      why: 'a name in another case is the same key',
      path: ['Concurrent'],
      value: 3,
      lines: ['-concurrent = 2   # two at once', '+concurrent = 3   # two at once'],
    },
    {
      why: 'a new key behind the last of its table, indented as that',
      path: ['runners', 0, 'shell'],
      value: 'sh',
      lines: ['+  shell = "sh"'],
    },
    { why: 'a new key at the top of the file', path: ['log_level'], value: 'debug', lines: ['+log_level = "debug"'] },
    {
      why: 'an element at the end of a list with lines',
      path: ['runners', 0, 'docker', 'volumes'],
      value: ['/cache', '/data:/data:ro', '/x'],
      lines: ['+      "/x",'],
    },
    {
      why: 'an element less',
      path: ['runners', 0, 'docker', 'volumes'],
      value: ['/data:/data:ro'],
      lines: ['-      "/cache", # always'],
    },
    {
      why: 'an element changed',
      path: ['runners', 0, 'docker', 'volumes', 0],
      value: '/c',
      lines: ['-      "/cache", # always', '+      "/c", # always'],
    },
    {
      why: 'a list on one line',
      path: ['runners', 1, 'environment'],
      value: ['A=1'],
      lines: ['-  environment = ["A=1", "B=2"]', '+  environment = ["A=1"]'],
    },
    {
      why: 'a key of an inline table',
      path: ['runners', 1, 'custom_build_dir', 'enabled'],
      value: false,
      lines: ['-  custom_build_dir = { enabled = true }', '+  custom_build_dir = { enabled = false }'],
    },
    {
      why: 'a new key of an inline table',
      path: ['runners', 1, 'custom_build_dir', 'x'],
      value: 1,
      lines: ['-  custom_build_dir = { enabled = true }', '+  custom_build_dir = { enabled = true, x = 1 }'],
    },
    {
      why: 'a new key beside a dotted one',
      path: ['runners', 1, 'docker', 'memory'],
      value: '1g',
      lines: ['+  docker.memory = "1g"'],
    },
    {
      why: 'a new table behind the last of its parent',
      path: ['runners', 0, 'cache'],
      value: { Type: 's3', s3: { BucketName: 'b' } },
      lines: ['+  [runners.cache]', '+    Type = "s3"', '+    [runners.cache.s3]', '+      BucketName = "b"'],
    },
    {
      why: 'tables on the way are made',
      path: ['runners', 0, 'docker', 'services'],
      value: [{ name: 'redis' }, { name: 'pg' }],
      lines: [
        '+    [[runners.docker.services]]',
        '+      name = "redis"',
        '+    [[runners.docker.services]]',
        '+      name = "pg"',
      ],
    },
    {
      why: 'a value turned into a table',
      path: ['runners', 0, 'limit'],
      value: { a: 1 },
      lines: ['-  limit = 1', '+  limit = { a = 1 }'],
    },
    {
      why: 'a name that needs quotes',
      path: ['runners', 0, 'labels', 'a b'],
      value: 'c',
      lines: ['+  [runners.labels]', '+    "a b" = "c"'],
    },
  ])('$why', ({ path, value, lines }) => {
    expect(changes(file, setValue(path, value)(file))).toEqual(lines);
    const crlf = file.replaceAll('\n', '\r\n');
    expect(changes(crlf, setValue(path, value)(crlf))).toEqual(lines.map((line) => `${line}\r`));
  });

  it('a new runner and a new global table stand at the end', () => {
    const more = setValue(['runners', 2], { name: 'three', docker: { image: 'y' } })(file);
    expect(more).toBe(`${file}\n[[runners]]\n  name = "three"\n  [runners.docker]\n    image = "y"\n`);
    expect(setValue(['harrier'], { drain_timeout: '5m' })(file)).toBe(`${file}\n[harrier]\n  drain_timeout = "5m"\n`);
  });

  it('scripts keep their block of lines, tabs and the missing line end their place', () => {
    const text = '[[runners]]\n\tname = "a"\n\tpre_build_script = """\necho 1\n"""';
    expect(setValue(['runners', 0, 'pre_build_script'], 'echo "2"\necho 3\n')(text)).toBe(
      '[[runners]]\n\tname = "a"\n\tpre_build_script = """\necho \\"2\\"\necho 3\n"""',
    );
    expect(setValue(['runners', 0, 'limit'], 3)(text)).toBe(`${text}\n\tlimit = 3`);
  });

  it.each([
    { why: 'an empty file', text: '', result: 'a = 1\n' },
    { why: 'a comment only', text: '# hi', result: '# hi\na = 1' },
    { why: 'a byte order mark', text: '\uFEFFb = 2\n', result: '\uFEFFb = 2\na = 1\n' },
    { why: 'a table with its comment', text: '# t\n[t]\nx = 1\n', result: '# t\na = 1\n\n[t]\nx = 1\n' },
    {
      why: 'a table below a heading',
      text: '# top\n\n# t\n[t]\nx = 1\n',
      result: '# top\n\na = 1\n\n# t\n[t]\nx = 1\n',
    },
  ])('a key into $why', ({ text, result }) => {
    expect(setValue(['a'], 1)(text)).toBe(result);
  });
});

describe('removing', () => {
  it.each([
    {
      why: 'a key with the comment above it',
      path: ['runners', 0, 'limit'],
      lines: ['-  # kept short', '-  limit = 1'],
    },
    { why: 'what is not there', path: ['runners', 0, 'nothing'], lines: [] },
    {
      why: 'a key of an inline table',
      path: ['runners', 1, 'custom_build_dir', 'enabled'],
      lines: ['-  custom_build_dir = { enabled = true }', '+  custom_build_dir = {}'],
    },
    {
      why: 'a dotted key leaves its table',
      path: ['runners', 1, 'docker', 'image'],
      lines: ['-  docker.image = "x"', '+  [runners.docker]'],
    },
    {
      why: 'a table with what hangs below',
      path: ['runners', 0, 'docker'],
      lines: [
        '-  [runners.docker]',
        '-    image = "alpine"',
        '-    volumes = [',
        '-      "/cache", # always',
        '-      "/data:/data:ro",',
        '-    ]',
        '-    # allowed = true',
      ],
    },
  ])('$why', ({ path, lines }) => {
    expect(changes(file, removeValue(path)(file))).toEqual(lines);
  });

  it('one of several runners goes with its comment and its tables, the others stay as they are', () => {
    const [head, second] = [file.slice(0, file.indexOf('# the first')), file.slice(file.indexOf('# the second'))];
    expect(removeValue(['runners', 0])(file)).toBe(head + second);
    expect(removeValue(['runners', 1])(file)).toBe(file.slice(0, file.indexOf('\n# the second')));
  });
});

it('a table in a list of lists is found, also when it is empty', () => {
  expect(setValue(['a', 0, 0, 'k'], 1)('a = [[{}, 2]]\n')).toBe('a = [[{ k = 1 }, 2]]\n');
});

it('runners change places as blocks', () => {
  const [head, first, second] = [
    file.slice(0, file.indexOf('# the first')),
    file.slice(file.indexOf('# the first'), file.indexOf('\n# the second')),
    file.slice(file.indexOf('# the second')),
  ];
  expect(reorder(['runners'], [1, 0])(file)).toBe(`${head}${second}\n${first}`);
});

describe('what cannot be done is refused', () => {
  it.each([
    {
      why: 'a text that is no TOML; the message quotes nothing',
      edit: () => setValue(['a'], 1)('token = "geheim'),
      code: 'CONFIG_INVALID',
    },
    { why: 'a value that TOML has not', edit: () => setValue(['a'], null)('b = 1'), code: 'INTERNAL' },
    { why: 'an order of another length', edit: () => reorder(['runners'], [0])(file), code: 'INPUT_INVALID' },
  ])('$why', ({ edit, code }) => {
    try {
      edit();
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain('geheim');
    }
  });
});

/** The lines that differ, removed ones before added ones of the same place; blank lines do not count. */
function changes(before: string, after: string): string[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      table[i]![j] = a[i] === b[j] ? table[i + 1]![j + 1]! + 1 : Math.max(table[i + 1]![j]!, table[i]![j + 1]!);
  const result: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (i < a.length && (j === b.length || table[i + 1]![j]! >= table[i]![j + 1]!)) result.push(`-${a[i++]}`);
    else result.push(`+${b[j++]}`);
  }
  return result.filter((line) => line.slice(1).trim() !== '');
}
