// `npm run fuzz`: 100,000 inputs for each reader of what others wrote, each reader in a process of its own; exit 1 at a
// crash, an input that takes more than a second, or more than 300 MB of memory. `-- --count 5000 --seed 7 "YAML compile"`
// runs less of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from '../tools/install.mjs';
import { bundleForScript } from './bundle.mjs';

const mostMb = 300;
const { values, positionals } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() & 0x7fffffff) },
    /** Set for the process of one reader. */
    bundle: { type: 'string' },
  },
  allowPositionals: true,
});
const load = async (outfile) => {
  const { createTargets, fuzz } = await import(pathToFileURL(outfile).href);
  return { targets: createTargets(join(root, 'dist', 'workers', 'archive.js')), fuzz };
};

if (values.bundle !== undefined) {
  const { targets, fuzz } = await load(values.bundle);
  const target = targets.find(({ name }) => name === positionals[0]);
  const report = await fuzz(target, Number(values.count), Number(values.seed));
  console.log(
    `${report.name.padEnd(26)}${report.inputs} inputs, slowest ${report.slowestMs} ms, peak ${report.peakMb} MB`,
  );
  if (report.problem !== undefined) console.log(`PROBLEM ${report.problem}`);
  if (report.peakMb > mostMb) console.log(`PROBLEM more than ${mostMb} MB`);
  process.exit(report.problem === undefined && report.peakMb <= mostMb ? 0 : 1);
}

const folder = mkdtempSync(join(tmpdir(), 'harrier-fuzz-'));
const outfile = join(folder, 'fuzz.mjs');
await bundleForScript(
  "export { fuzz } from './test/fuzz/run.ts'; export { createTargets } from './test/fuzz/targets.ts';",
  outfile,
);
console.log(`seed ${values.seed}`);
const { targets } = await load(outfile);
let failed = 0;
for (const { name } of targets) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const args = ['--bundle', outfile, '--count', values.count, '--seed', values.seed, name];
  // V8 lets garbage lie while there is room: what a reader keeps shows only when room is scarce.
  const node = ['--max-old-space-size=160', '--max-semi-space-size=4', import.meta.filename];
  const { status, signal } = spawnSync(process.execPath, [...node, ...args], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
  if (signal !== null) console.log(`PROBLEM ${name} was ended by ${signal}`);
}
rmSync(folder, { recursive: true });
console.log(failed === 0 ? 'nothing found' : `${failed} readers have problems; again with --seed ${values.seed}`);
process.exit(failed === 0 ? 0 : 1);
