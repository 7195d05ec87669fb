import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { startTimeOf } from '../../base/process.ts';
import { harrierLabel, jobKey, labelPrefix, managedLabel } from './containers/labels.ts';
import { processKey, processLabel } from './process-label.ts';
import { sweep } from './recover.ts';
import { useEngine } from './testing/engine.ts';

describeWith(['docker', 'busybox', 'linux'], 'what another Harrier has made', () => {
  const { engine, watch } = useEngine();
  const made: string[] = [];
  let other: ChildProcess | undefined;
  afterEach(async () => {
    for (const name of made.splice(0)) await engine().removeVolume(name);
    if (other !== undefined) {
      const gone = once(other, 'exit');
      other.kill('SIGKILL');
      await gone;
      other = undefined;
    }
  });
  const startOther = async (): Promise<number> => {
    other = spawn('sleep', ['600']);
    await once(other, 'spawn');
    return other.pid ?? 0;
  };
  const systemId = `s_${randomBytes(6).toString('hex')}`;
  watch(systemId);
  /** A volume of a job, as one left it whose process has this label. */
  const leave = async (label: string): Promise<string> => {
    const name = `test-left-${randomBytes(6).toString('hex')}`;
    const pair = (text: string): [string, string] => [
      text.slice(0, text.indexOf('=')),
      text.slice(text.indexOf('=') + 1),
    ];
    const labels = Object.fromEntries([
      pair(managedLabel),
      pair(harrierLabel),
      [`${labelPrefix}runner.system_id`, systemId],
      [`${labelPrefix}reusable`, 'false'],
      [jobKey, name],
      [processKey, label],
    ]);
    await engine().createVolume({ name, labels });
    made.push(name);
    return name;
  };
  const left = async (): Promise<string[]> => {
    await sweep(engine(), { systemId, hostname: 'test', log: silentLogger, nowMs: systemClock.now() });
    const found = await engine().list('volume', [`${labelPrefix}runner.system_id=${systemId}`]);
    return found.map(({ name }) => name);
  };

  it('goes when its process number belongs to another process by now', async () => {
    const pid = await startOther();
    const name = await leave(`test/${pid}/0123456789ab/${Number(startTimeOf(pid)) - 1}`);
    expect(await left()).not.toContain(name);
  });

  it('goes when the number is our own', async () => {
    const name = await leave(`test/${process.pid}/0123456789ab/1`);
    expect(await left()).not.toContain(name);
  });

  it('stays while that Harrier lives', async () => {
    const pid = await startOther();
    const name = await leave(`test/${pid}/0123456789ab/${startTimeOf(pid)}`);
    expect(await left()).toContain(name);
  });

  it('stays when its label tells no start, and on another machine', async () => {
    const pid = await startOther();
    const names = [await leave(`test/${pid}/0123456789ab`), await leave(`elsewhere/${pid}/0123456789ab/1`)];
    expect(await left()).toEqual(expect.arrayContaining(names));
  });

  it('is told by a label that names this very process', () => {
    expect(processLabel('test')).toBe(
      `${processLabel('test').split('/').slice(0, 3).join('/')}/${startTimeOf(process.pid)}`,
    );
  });
});
