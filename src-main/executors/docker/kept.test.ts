import { expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import type { Terminal } from '../types.ts';
import { createDockerExecutor } from './index.ts';
import { testEnv, useEngine } from './testing/engine.ts';
import { runIn, type TestJob } from './testing/job.ts';

const hour = 3_600_000;

describeWith(['docker', 'busybox'], 'the environment of a failed job', () => {
  const { engine, executor, keep, ours, prepare } = useEngine();
  const keeping = (job: TestJob = {}): TestJob => ({ ...job, harrier: { keep_failed: '1h' } });

  it('stays with its files and services for a terminal, until it is removed', async () => {
    const { environment, request } = await prepare(
      keeping({
        variables: { FF_NETWORK_PER_BUILD: 'true' },
        payload: { services: [{ name: 'harrier-test:busybox', alias: 'db', command: ['sleep', '1000'] }] },
      }),
    );
    await runIn(environment, 'helper', 'mkdir -p /builds/group/project; echo found > /builds/group/project/f');
    await runIn(environment, 'build', 'echo inside > /tmp/f; exit 1');
    const untilMs = systemClock.now() + hour;
    await environment.close({ keepUntilMs: untilMs });
    await executor.settled?.();
    expect((await ours()).map(({ type }) => type).sort()).toEqual(
      ['build', 'cache', 'cache', 'network', 'service'].sort(),
    );

    // As the next Harrier finds it.
    const other = createDockerExecutor({ clock: systemClock, env: testEnv, hostname: 'test' });
    const [kept, ...more] = (await other.kept?.(request)) ?? [];
    expect(more).toEqual([]);
    expect(kept?.jobId).toBe(7);
    expect(kept?.place).toMatch(/^container runner-test-project-5-concurrent-0-\w+-build\.kept-until-\d+ on unix:/);
    expect(Math.abs((kept?.untilMs ?? 0) - untilMs)).toBeLessThanOrEqual(1000);
    const terminal = await kept?.terminal({ columns: 80, rows: 24 });
    if (terminal === undefined) throw new Error('no terminal');
    expect(await said(terminal, 'cat f /tmp/f; hostname -i >/dev/null && ping -c1 -W1 db | tail -0; exit\n')).toMatch(
      /found\r?\ninside/,
    );

    // Another runner of this machine has nothing of it.
    expect(await other.kept?.({ ...request, shortToken: 'another' })).toEqual([]);
    await kept?.remove();
    expect((await ours()).filter(({ reusable }) => !reusable)).toEqual([]);
    expect(await other.kept?.(request)).toEqual([]);
    await expect(kept?.terminal({ columns: 80, rows: 24 })).rejects.toThrow();
    await kept?.remove();
  });

  it('the next job of the slot works elsewhere, and finds its volumes again afterwards', async () => {
    const first = await prepare(keeping());
    await runIn(first.environment, 'build', 'echo mine > /builds/f; exit 1');
    await first.environment.close({ keepUntilMs: systemClock.now() + hour });
    const second = await executor.prepare(first.request);
    keep(second);
    expect((await runIn(second, 'build', 'cat /builds/f 2>/dev/null; echo other > /builds/f')).stdout).toBe('');
    await second.close();
    await first.environment.close();
    await first.environment.removed?.();
    const third = await executor.prepare(first.request);
    keep(third);
    expect((await runIn(third, 'build', 'cat /builds/f')).stdout).toBe('mine\n');
  });

  it('what an entrypoint runs in is started once more; a container that is gone is not kept', async () => {
    const { environment, request } = await prepare(
      keeping({ payload: { image: { name: 'harrier-test:busybox', entrypoint: ['sh', '-c', 'exec "$@"', 'sh'] } } }),
    );
    await runIn(environment, 'build', 'exit 1');
    await environment.close({ keepUntilMs: systemClock.now() + hour });
    const [kept] = (await executor.kept?.(request)) ?? [];
    const [container] = (await ours()).filter(({ type }) => type === 'build');
    await engine().removeContainer(container?.id ?? '');
    expect(await executor.kept?.(request)).toEqual([]);
    await kept?.remove();
    expect((await ours()).filter(({ reusable }) => !reusable)).toEqual([]);
  });

  it('is kept longer when that is asked for, by a Harrier that came later too; tells its size', async () => {
    const { environment, request } = await prepare(keeping());
    await runIn(environment, 'build', 'head -c 2000000 /dev/zero > /large; exit 1');
    await environment.close({ keepUntilMs: systemClock.now() + 2000 });
    const other = createDockerExecutor({ clock: systemClock, env: testEnv, hostname: 'test' });
    const [kept] = (await other.kept?.(request)) ?? [];
    expect(await kept?.sizeBytes?.()).toBeGreaterThan(1_900_000);
    const laterMs = systemClock.now() + 4000;
    await kept?.extend?.(laterMs);
    const [container] = (await ours()).filter(({ type }) => type === 'build');
    expect(Math.abs(((await other.kept?.(request))?.[0]?.untilMs ?? 0) - laterMs)).toBeLessThanOrEqual(1000);
    await engine().waitContainer(container?.id ?? '');
    expect(systemClock.now()).toBeGreaterThanOrEqual(laterMs - 1000);
    await kept?.remove();
  });

  it('ends by itself when its time is over, and is a leftover then', async () => {
    const { environment, request } = await prepare(keeping());
    await runIn(environment, 'build', 'exit 1');
    await environment.close({ keepUntilMs: systemClock.now() + 1000 });
    const [container] = (await ours()).filter(({ type }) => type === 'build');
    await engine().waitContainer(container?.id ?? '');
    const [kept] = (await executor.kept?.(request)) ?? [];
    expect(kept?.untilMs).toBe(0);
    await kept?.remove();
  });
});

/** All that a terminal shows until it ends. */
const said = (terminal: Terminal, typed: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    terminal.onData((chunk) => {
      text += Buffer.from(chunk).toString();
    });
    terminal.onExit(() => resolve(text));
    terminal.write(typed);
  });
