import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { systemClock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import type { Environment } from '../../types.ts';
import { createDockerExecutor, createEnginePool, type Engine, listOurs, type Ours, readSettings } from '../index.ts';
import { importImage } from './image.ts';
import { type Recorded, type TestJob, testRequest } from './job.ts';

export const testEnv = { ...process.env, HOME: '/nonexistent' };
export const systemLabel = 'com.gitlab.gitlab-runner.runner.system_id';

/**
 * The real engine of this machine for the tests of one `describe`: every environment is closed after its test, and
 * nothing may be left of it but reusable volumes, which go at the end.
 */
export function useEngine() {
  const executor = createDockerExecutor({ clock: systemClock, env: testEnv, hostname: 'test' });
  const systems = new Set<string>();
  const open: Environment[] = [];
  let found: Engine | undefined;
  const engine = (): Engine => {
    if (found === undefined) throw new Error('the engine is there in tests only');
    return found;
  };
  /** What these tests have made and not removed; other programs use the same engine. */
  const ours = async (): Promise<Ours[]> =>
    (await listOurs(engine(), { hostname: 'test', nowMs: systemClock.now(), runningJobs: [] })).filter(({ labels }) =>
      systems.has(labels[systemLabel] ?? ''),
    );

  beforeAll(async () => {
    await importImage();
    const pool = createEnginePool({ clock: systemClock, env: testEnv, log: silentLogger });
    found = await pool.get(readSettings(testRequest().request.runner));
  }, 60_000);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((environment) => environment.close()));
    await executor.settled?.();
    expect((await ours()).filter(({ reusable }) => !reusable)).toEqual([]);
  }, 30_000);
  afterAll(async () => {
    for (const { id } of await ours()) await engine().removeVolume(id);
    engine().close();
  });
  return {
    executor,
    engine,
    ours,
    /** Closes it after the test. */
    keep: (environment: Environment): void => void open.push(environment),
    /** Of a request that was made elsewhere. */
    watch: (systemId: string): void => void systems.add(systemId),
    async prepare(job: TestJob = {}): Promise<Recorded & { readonly environment: Environment }> {
      const recorded = testRequest(job);
      systems.add(recorded.request.systemId);
      const environment = await executor.prepare(recorded.request);
      open.push(environment);
      return { ...recorded, environment };
    },
  };
}
