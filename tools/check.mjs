// `npm run check`: types of every room, style. The arrows between rooms are a test (test/architecture.test.ts).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './install.mjs';

ensureInstalled();
const bin = (name) => join(root, 'node_modules', name);
let failed = 0;
for (const project of ['src-shared', 'src-main', 'src-main/desktop', 'src-renderer', 'test']) {
  if (!existsSync(join(root, project, 'tsconfig.json'))) continue;
  const code = run(process.execPath, [bin('typescript/bin/tsc'), '-p', project]);
  if (code !== 0) {
    console.error(`types: ${project} failed`);
    failed = 1;
  }
}
if (run(process.execPath, [bin('@biomejs/biome/bin/biome'), 'check', '--diagnostic-level=warn', '.']) !== 0) failed = 1;
process.exit(failed);
