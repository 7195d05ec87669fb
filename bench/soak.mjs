// `npm run soak`: 2,000 jobs through the built runner while answers are faulty and Harrier is killed again and again, ten
// minutes at most; exit 1 when anything was lost. `-- --jobs 300 --kills 5 --seed 7 --keep` changes it. `-- --heap` runs
// 2,000 jobs without any trouble instead, and prints the engine's heap after a collection at 200 and at 2,000.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from '../tools/install.mjs';
import { bundleForScript } from './bundle.mjs';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2000' },
    kills: { type: 'string', default: '25' },
    faults: { type: 'string', default: '0.12' },
    concurrent: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
    heap: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'harrier-bundle-'));
const outfile = join(folder, 'soak.mjs');
await bundleForScript(
  "export { runSoak } from './test/soak/soak.ts'; export { runHeap } from './test/soak/heap.ts';",
  outfile,
);
const { runHeap, runSoak } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });

if (values.heap) {
  const count = Number(values.jobs);
  const at = [count / 10, count];
  const { heaps, seconds } = await runHeap({ cli: join(root, 'dist', 'cli.js'), at, concurrent: 8 });
  const megabytes = heaps.map(({ bytes }) => bytes / 1024 / 1024);
  for (const [index, { jobs }] of heaps.entries())
    console.log(`${jobs} jobs: ${megabytes[index].toFixed(1)} MB of heap`);
  const grown = megabytes[1] - megabytes[0];
  console.log(`grown by ${grown.toFixed(1)} MB in ${seconds} s (at most 10 MB)`);
  process.exit(grown <= 10 ? 0 : 1);
}

const seed = Number(values.seed ?? Date.now() % 1_000_000);
console.log(`seed ${seed}`);
const {
  problems,
  folder: kept,
  ...figures
} = await runSoak({
  cli: join(root, 'dist', 'cli.js'),
  jobs: Number(values.jobs),
  kills: Number(values.kills),
  faultShare: Number(values.faults),
  concurrent: Number(values.concurrent),
  limitMs: Number(values.minutes) * 60_000 - 30_000,
  seed,
  keep: values.keep,
  say: (text) => console.log(text),
});
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(16)}${value}`);
for (const problem of problems.slice(0, 50)) console.log(`PROBLEM ${problem}`);
if (values.keep) console.log(`kept in ${kept}`);
console.log(problems.length === 0 ? 'nothing was lost' : `${problems.length} problems; again with --seed ${seed}`);
process.exit(problems.length === 0 ? 0 : 1);
