import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { takeLock } from '../../src-main/config/index.ts';
import { startApp } from '../support/app.ts';
import { startTestCoordinator } from '../support/coordinator/index.ts';
import { itWith } from '../support/require.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Settles in the first turn of the event loop that finds this state. */
async function found(app: HarrierApp, state: string): Promise<void> {
  while (app.snapshot().state !== state) await setImmediate();
}

itWith('bash', 'started again the moment it says "stopped": it works, and holds lock and control socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-again-'));
  const coordinator = await startTestCoordinator();
  const app = await startApp(folder, coordinator);
  closers.push(async () => {
    await app.close();
    await coordinator.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (let round = 0; round < 2; round++) {
    const job = coordinator.queue({ script: ['sleep 0.2'] });
    await job.reached('running');
    const drained = app.stop('drain');
    await found(app, 'stopped');
    await app.start();
    await drained;
    expect(job.state).toBe('success');
    expect(app.snapshot().state).toBe('idle');
    await expect(takeLock(join(folder, 'config.toml'))).rejects.toMatchObject({ code: 'ENGINE_RUNNING' });
  }
  const job = coordinator.queue({ script: ['true'] });
  await job.done;
  expect(job.state).toBe('success');
});
