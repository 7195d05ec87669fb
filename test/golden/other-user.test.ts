import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isAlive } from '../support/alive.ts';
import { describeWith } from '../support/require.ts';
import { createGoldenBench, type GoldenBench, type GoldenJob } from './bench.ts';

describeWith(['bash', 'linux', 'root'], 'a job of another user (--user)', () => {
  let bench: GoldenBench;
  let folder: string;
  beforeAll(async () => {
    bench = await createGoldenBench();
    chmodSync(bench.root, 0o711);
    folder = join(bench.root, 'daemon');
    mkdirSync(folder);
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'daemon'])));
    chownSync(folder, uid ?? 0, gid ?? 0);
  });
  afterAll(() => bench.close());
  const run = (job: GoldenJob) =>
    bench.run({
      user: 'daemon',
      ...job,
      runner: { builds_dir: join(folder, 'builds'), cache_dir: join(folder, 'cache') },
    });

  const home = execFileSync('sh', ['-c', 'echo ~daemon'], { encoding: 'utf8' }).trim();

  it('has the rights, the groups and the home of that user, and none of root’s', async () => {
    const { sections, outcome } = await run({
      env: { SSH_AUTH_SOCK: '/root/agent', XDG_RUNTIME_DIR: '/run/user/0' },
      variables: [{ key: 'KUBE', value: 'k1', file: true }],
      script: [
        'echo "$(id -un) $USER $HOME [$SSH_AUTH_SOCK$XDG_RUNTIME_DIR]"',
        'cat "$KUBE"; ls -l "$KUBE" | cut -d" " -f1,3',
        'echo x > "$RUNNER_TEMP_PROJECT_DIR/../../../../../root-only" || echo refused; exit 3',
      ],
      after: ['echo after as $(id -un)'],
    });
    expect(sections['step_script']).toContain(`daemon daemon ${home} []\n`);
    expect(sections['step_script']).toContain('k1-rw------- daemon\n');
    expect(sections['step_script']).toContain('refused\n');
    expect(sections['after_script']).toContain('after as daemon\n');
    expect(outcome).toMatchObject({ failureReason: 'script_failure', exitCode: 3 });
  });

  it('caches and artifacts are written and read with that user’s rights', async () => {
    const cache = [{ key: 'k', paths: ['vendor/'] }];
    const artifacts = [{ name: 'a', paths: ['out/'], artifact_type: 'archive', artifact_format: 'zip' }];
    const variables = [{ key: 'GIT_STRATEGY', value: 'empty' }];
    const first = await run({
      variables,
      script: ['mkdir -p vendor out; echo v > vendor/lib; echo o > out/o'],
      payload: { cache, artifacts },
    });
    expect(first.outcome.state).toBe('success');
    expect(first.given.artifacts).toHaveLength(1);
    const second = await run({
      variables,
      script: ['cat vendor/lib', 'echo more >> vendor/lib', 'stat -c %U vendor vendor/lib "$CI_PROJECT_DIR"'],
      payload: { cache },
    });
    expect(second.sections['restore_cache']).toContain('Successfully extracted cache\n');
    expect(second.sections['step_script']).toContain('v\n$ echo more >> vendor/lib\n');
    expect(second.sections['step_script']).toMatch(/\ndaemon\ndaemon\ndaemon\n$/);
    const cached = execFileSync('find', [join(folder, 'cache'), '-user', 'root'], { encoding: 'utf8' });
    expect(cached).toBe('');
  });

  it('a cancel ends what runs, and nothing stays behind', async () => {
    const { sections, outcome } = await run({
      script: ['setsid sleep 50 & echo "left $!"', 'sleep 40'],
      after: ['echo after $CI_JOB_STATUS'],
      onPrinted: { text: '$ sleep 40', act: (_, given) => void (given.status = 'canceling') },
    });
    expect(outcome.failureReason).toBe('job_canceled');
    expect(sections['after_script']).toContain('after canceled\n');
    const pid = Number(/left (\d+)\n/.exec(sections['step_script'] ?? '')?.[1]);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});
