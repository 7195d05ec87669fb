// Writes the parts of docs/ that are made from data: the arrows between rooms, the error codes, the keys of config.toml.
// `node tools/docs.mjs` writes, `--check` only compares (a test calls it), so that a page never tells an old story.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    ].join('\n'),
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  outfile,
});
const { arrows, hints } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });

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
