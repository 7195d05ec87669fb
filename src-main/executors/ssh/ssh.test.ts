import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../test/support/require.ts';
import { makeKey, type Sshd, startSshd } from '../../../test/support/sshd.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { runIn, testRequest } from '../docker/testing/job.ts';
import type { Environment } from '../types.ts';
import { createSshExecutor } from './index.ts';

let root: string;
let sshd: Sshd;
let open: Environment[] = [];
const executor = createSshExecutor({ clock: systemClock, env: {} });

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ssh-'));
  mkdirSync(join(root, 'host'));
  sshd = await startSshd({ folder: join(root, 'host') });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((environment) => environment.close()));
  await executor.settled?.();
});
afterAll(async () => {
  await sshd.stop();
  rmSync(root, { recursive: true, force: true });
});

const requestFor = (settings: Readonly<Record<string, unknown>> = {}, more: Parameters<typeof testRequest>[0] = {}) => {
  const recorded = testRequest(more);
  const request = { ...recorded.request, runner: { token: 'glrt-test', ssh: { ...sshd.settings(), ...settings } } };
  return { ...recorded, request };
};
const prepare = async (settings?: Readonly<Record<string, unknown>>, more?: Parameters<typeof testRequest>[0]) => {
  const recorded = requestFor(settings, more);
  const environment = await executor.prepare(recorded.request);
  open.push(environment);
  return { ...recorded, environment };
};

describeWith(['sshd', 'ssh-keygen', 'posix'], 'jobs on a machine reached by SSH', () => {
  it('runs scripts: exit codes, both streams, no stdin, the home folder, a login shell', async () => {
    writeFileSync(join(sshd.home, '.bash_profile'), 'export FROM_PROFILE=yes\n');
    const { environment, lines } = await prepare();
    const first = await runIn(environment, 'build', 'echo out; echo err >&2; cat; pwd; echo $FROM_PROFILE; exit 7');
    expect(first).toEqual({ exit: { code: 7 }, stdout: `out\n${sshd.home}\nyes\n`, stderr: 'err\n' });
    expect((await runIn(environment, 'helper', 'true')).exit).toEqual({ code: 0 });
    expect(lines).toEqual(['Using SSH executor...']);
  });
});
