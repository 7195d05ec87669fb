import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/require.ts';
import { runHeap } from './heap.ts';
import { runSoak } from './soak.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');
/** The whole of it is `npm run soak`; .ci/run asks for more than a run at the desk. */
const jobs = Number(process.env['HARRIER_SOAK_JOBS'] ?? 60);

describeWith(['bash', 'linux'], 'a small soak', () => {
  it('faulty answers and SIGKILLs: one final answer for each job, whole logs, nothing left', async () => {
    const kills = Math.ceil(jobs / 30);
    const report = await runSoak({
      cli,
      jobs,
      kills,
      faultShare: 0.12,
      concurrent: 8,
      limitMs: 280_000,
      seed: Date.now() % 1_000_000,
    });
    expect(report.problems, `seed ${report.seed}`).toEqual([]);
    expect(report).toMatchObject({ acknowledged: jobs, finalAnswers: jobs });
    // The last ones may find no job left.
    expect(report.kills).toBeGreaterThanOrEqual(Math.floor(kills * 0.8));
    expect(report.faults / report.requests).toBeGreaterThan(0.05);
    expect(existsSync(join(report.folder, 'data'))).toBe(false);
  }, 300_000);

  it('a run without trouble keeps little in memory', async () => {
    const { heaps } = await runHeap({ cli, at: [40, 120], concurrent: 8 });
    const [first, last] = heaps;
    expect(((last?.bytes ?? 0) - (first?.bytes ?? 0)) / 1024 / 1024).toBeLessThan(10);
  });
});
