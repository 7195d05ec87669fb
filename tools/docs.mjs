// Writes the parts of docs/ that are made from data: the arrows between rooms, the error codes, the keys of config.toml.
// `node tools/docs.mjs` writes, `--check` only compares (a test calls it), so that a page never tells an old story.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from './install.mjs';

const folder = mkdtempSync(join(tmpdir(), 'harrier-docs-'));
const outfile = join(folder, 'data.mjs');
await build({
  absWorkingDir: root,
  stdin: {
    contents: [
      "export { arrows } from './src-shared/arrows.ts';",
      "export { hints } from './src-shared/errors.ts';",
      "export { configKeys, expectationOf } from './src-shared/config/describe.ts';",
      "export { flagDefaults } from './src-main/job/variables/flags.ts';",
    ].join('\n'),
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  outfile,
});
const { arrows, configKeys, expectationOf, hints, flagDefaults } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });

/** Names of flags that production code asks for, outside of the table of defaults itself. */
const usedFlags = new Set(
  readdirSync(join(root, 'src-main'), { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('variables/flags.ts'))
    .flatMap((name) => [...readFileSync(join(root, 'src-main', name), 'utf8').matchAll(/'(FF_[A-Z0-9_]+)'/g)])
    .map(([, flag]) => flag),
);

const table = (head, rows) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
const generated = {
  'docs/architecture.md': {
    arrows: table(
      ['Room', 'may import'],
      Object.entries(arrows).map(([room, to]) => [
        `\`${room}\``,
        to.length === 0 ? 'nothing' : to.map((name) => `\`${name.replace('src-main/', '')}\``).join(', '),
      ]),
    ),
  },
  'docs/config.md': {
    keys: table(
      ['Key', 'Value', 'Default', 'Meaning'],
      configKeys
        .filter(({ kind }) => kind !== 'table' && kind !== 'tables')
        .map((key) => [
          `\`${key.path.join('.')}\``,
          expectationOf(key).replaceAll('|', '\\|'),
          key.default === undefined ? '' : `\`${key.default}\``,
          `${key.doc}${key.ignored ? ` **No effect:** ${key.ignored}` : ''}${key.restart ? ' Counts after a restart.' : ''}`.replaceAll(
            '|',
            '\\|',
          ),
        ]),
    ),
  },
  'docs/feature-flags.md': {
    flags: table(
      ['Flag', 'Default', 'Changes something here'],
      Object.entries(flagDefaults).map(([name, value]) => [
        `\`${name}\``,
        String(value),
        usedFlags.has(name) ? 'yes' : '',
      ]),
    ),
  },
  'docs/errors.md': {
    codes: table(
      ['Code', 'What you can do'],
      Object.entries(hints).map(([code, hint]) => [`\`${code}\``, hint]),
    ),
  },
};

let stale = 0;
for (const [file, parts] of Object.entries(generated)) {
  const path = join(root, file);
  if (!existsSync(path)) continue;
  const before = readFileSync(path, 'utf8');
  let after = before;
  for (const [name, text] of Object.entries(parts)) {
    const block = new RegExp(`(<!-- ${name}: made by tools/docs.mjs -->\\n)[\\s\\S]*?(<!-- end -->)`);
    if (!block.test(after)) throw new Error(`${file} has no block for ${name}`);
    after = after.replace(block, (_, start, end) => `${start}${text}\n${end}`);
  }
  if (after === before) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${file} is not up to date: run node tools/docs.mjs`);
  else writeFileSync(path, after);
}
if (process.argv.includes('--check') && stale > 0) process.exit(1);
