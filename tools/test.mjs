// `npm test`: installs, checks types, style and arrows, builds, runs the whole suite. Arguments go to vitest
// (`npm test -- src-main/trace`). The last line is `N passed, N failed, N skipped`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './install.mjs';

ensureInstalled();
const args = process.argv.slice(2);
if (args.length === 0) {
  const checked = run(process.execPath, ['tools/check.mjs']);
  if (checked !== 0) process.exit(checked);
}
const built = run(process.execPath, ['tools/build.mjs']);
if (built !== 0) process.exit(built);

const folder = mkdtempSync(join(tmpdir(), 'harrier-test-'));
const report = join(folder, 'report.json');
const code = run(process.execPath, [
  join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  `--reporter=${join(root, 'tools', 'second-tries.mjs')}`,
  ...args,
]);
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, testResults } =
    JSON.parse(readFileSync(report, 'utf8'));
  for (const { assertionResults } of testResults)
    for (const test of assertionResults) if (test.status === 'failed') console.log(`FAILED ${test.fullName}`);
  // A file that does not load fails no test of its own; it must still show as a failure.
  const failed = Math.max(numFailedTests, code !== 0 && numFailedTests === 0 ? Math.max(1, numFailedTestSuites) : 0);
  console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`);
} catch {
  console.log('0 passed, 1 failed');
}
rmSync(folder, { recursive: true, force: true });
process.exit(code);
