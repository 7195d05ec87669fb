import fc from 'fast-check';
import { expect, it } from 'vitest';
import { setValue } from '../../src-shared/toml/edit.ts';
import { valueAt, valuesOf } from '../../src-shared/toml/values.ts';
import { createHiddenTexts } from './hidden-text.ts';

const secrets = [
  'glrt-t3_planted1planted2',
  'hunter22-planted',
  'planted/key+abc==',
  'MIIEplanted',
  '12345678planted',
  'planted\\"quoted',
];
const dots = /[•∙]{16}/g;

it.each([
  {
    why: 'a token shows its prefix and its last four',
    text: 'token = "glrt-t3_planted1planted2"',
    shown: /"glrt-[•∙]{16}ted2"/,
  },
  { why: 'a password shows nothing', text: "password = 'hunter22-planted'", shown: /= '[•∙]{16}'/ },
  {
    why: 'a variable keeps its name',
    text: 'environment = ["A=planted1", "B=planted2"]',
    shown: /"A=[•∙]{16}", "B=[•∙]{16}"/,
  },
  {
    why: 'lists over lines, with comments',
    text: 'environment = [\n  "A=planted", # why\n]',
    shown: /\[\n {2}"A=[•∙]{16}", # why\n\]/,
  },
  {
    why: 'a reference to the environment is no secret',
    text: 'token = "$RUNNER_TOKEN"\nenvironment = ["A=${B}"]',
    shown: /\$RUNNER_TOKEN"\nenvironment = \["A=\$\{B\}"/,
  },
  { why: 'inline tables and dotted keys', text: 'x = { ssh.password = "planted" }', shown: /password = "[•∙]{16}" }/ },
  {
    why: 'lines of a block stay lines',
    text: 'PrivateKey = """\n-----BEGIN\nMIIEplanted\n"""\n',
    shown: /"""\n[•∙]{16}\n[•∙]{16}\n"""\n/,
  },
  {
    why: 'a token in a script',
    text: `pre_build_script = "curl -H 'PRIVATE-TOKEN: glpat-planted1234567890'"`,
    shown: /TOKEN: glpat-[•∙]{16}7890'/,
  },
  {
    why: 'a token in a comment',
    text: '# token = "old-planted"\n# was glrt-planted_abcdef',
    shown: /# token = "[•∙]{16}"\n# was glrt-[•∙]{16}cdef/,
  },
  {
    why: 'a password in an address',
    text: 'clone_url = "https://me:planted@git.test/"',
    shown: /https:\/\/me:[•∙]{16}@git/,
  },
  {
    why: 'keys of tables that no schema knows',
    text: '[runners.kubernetes]\nbearer_token = "planted-token"',
    shown: /"[•∙]{16}"/,
  },
  {
    why: 'a text that is not closed',
    text: 'token = "glrt-planted-abcd\nname = "x"',
    shown: /"glrt-[•∙]{16}abcd\nname = "x"/,
  },
  { why: 'a list that is not closed', text: 'tags = [ "a"\npassword = "planted"\n', shown: /password = "[•∙]{16}"/ },
  { why: 'a value without quotes', text: 'token = glrt-planted-abcd\n', shown: /token = glrt-[•∙]{16}abcd/ },
  { why: 'a number stays TOML', text: 'password = 123456789\n', shown: /password = "[•∙]{16}"\n/ },
  {
    why: 'what a script assigns is no secret of the file',
    text: 'pre_build_script = """\nTOKEN=$(vault read x)\n"""',
    shown: /TOKEN=\$\(vault read x\)/,
  },
])('$why', ({ text, shown }) => {
  const texts = createHiddenTexts();
  const hidden = texts.hide(text);
  expect(hidden).toMatch(shown);
  expect(hidden).not.toContain('planted');
  expect(texts.reveal(hidden)).toEqual({ text, unknown: [] });
});

it('the same secret has one placeholder, two secrets have two', () => {
  const texts = createHiddenTexts();
  const [a, b, c] = texts.hide('password = "one"\nx.password = "two"\ny.password = "one"').match(dots) ?? [];
  expect(a).toBe(c);
  expect(a).not.toBe(b);
});

it('a placeholder that nobody knows is no secret to hide once more', () => {
  const text = `password = "${'•∙'.repeat(8)}"`;
  expect(createHiddenTexts().hide(text)).toBe(text);
});

it('what a person types stays, a placeholder may move, one that was changed in part is named', () => {
  const texts = createHiddenTexts();
  const hidden = texts.hide('a.token = "glrt-first-first1"\nb.password = "second"\n');
  const [first, second] = hidden.split('\n') as [string, string];
  expect(texts.reveal(`${second}\n${first}\nc.token = "glrt-typed"\n`)).toEqual({
    text: 'b.password = "second"\na.token = "glrt-first-first1"\nc.token = "glrt-typed"\n',
    unknown: [],
  });
  const cut = first.replace('rst1', 'rst2');
  expect(texts.reveal(cut).unknown).toEqual([{ at: cut.search(/[•∙]/) }]);
  expect(createHiddenTexts().reveal(hidden).unknown.length).toBe(2);
});

it('a placeholder in other quotes stands for the same value', () => {
  const texts = createHiddenTexts();
  const raw = 'environment = [\'A=C:\\planted\', "B=tab\\there"]';
  const moved = setValue(['environment', 2], 'C=new')(texts.hide(raw));
  expect(valueAt(valuesOf(texts.reveal(moved).text), ['environment'])).toEqual([
    'A=C:\\planted',
    'B=tab\there',
    'C=new',
  ]);
  const literal = texts.hide(raw).replace(/"B=([•∙]{16})"/, "'B=$1'");
  expect(texts.reveal(literal).unknown.length).toBe(0);
  const quote = texts.hide(`password = "it's"`).replaceAll('"', "'");
  expect(texts.reveal(quote).unknown.length).toBe(1);
});

it('whatever a file holds: no secret crosses, and it comes back byte by byte', () => {
  const quoted = fc
    .constantFrom(...secrets)
    .chain((value) =>
      fc.constantFrom(`"${value}"`, `'${value}'`, `"""${value}"""`, `'''\n${value}\n'''`, value, `"${value}`),
    );
  const onLine = quoted.filter((value) => !value.includes('\n'));
  const line = fc.oneof(
    onLine.map((value) => `# token = ${value}`),
    fc
      .tuple(fc.constantFrom('token', 'password', 'AccessKey', '"token"', 'x.SecretKey', '\tpassword'), quoted)
      .map(([key, value]) => `${key} = ${value}`),
    quoted.map((value) => `environment = ["A=1", ${value}]`),
    quoted.map((value) => `docker = { image = "x", password = ${value} }`),
    fc.constantFrom('[[runners]]', '  [runners.ssh]', 'name = "n"', '', '# note', 'tags = ["a", "b"]', 'limit = 3'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = lines.join('\n');
      const texts = createHiddenTexts();
      const hidden = texts.hide(text);
      expect(hidden).not.toContain('planted');
      expect(hidden.split('\n').length).toBe(lines.join('\n').split('\n').length);
      expect(texts.reveal(hidden)).toEqual({ text, unknown: [] });
    }),
    { numRuns: 500 },
  );
});
