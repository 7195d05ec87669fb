import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src-main/base/clock.ts';
import { createDockerExecutor } from '../../src-main/executors/docker/index.ts';
import { image, importImage } from '../../src-main/executors/docker/testing/image.ts';
import { runIn, testRequest } from '../../src-main/executors/docker/testing/job.ts';
import { describeWith } from '../support/require.ts';

const cli = resolve(import.meta.dirname, '../../dist/cli.js');

describeWith(['docker', 'busybox', 'posix'], 'harrier docker', () => {
  let folder: string;
  const systemId = 's_cliTest00001';
  const executor = createDockerExecutor({ clock: systemClock, env: { HOME: '/nonexistent' }, hostname: 'test' });
  const request = { ...testRequest({ harrier: { keep_failed: '1h' } }).request, systemId };

  beforeAll(async () => {
    await importImage();
    folder = mkdtempSync(join(tmpdir(), 'docker-cli-'));
    writeFileSync(join(folder, '.runner_system_id'), systemId);
    writeFileSync(
      join(folder, 'config.toml'),
      `[[runners]]\nname = "box"\nurl = "http://127.0.0.1:1"\ntoken = "x"\nexecutor = "docker"\n[runners.docker]\nimage = "${image}"\n`,
    );
  }, 60_000);
  afterAll(async () => {
    await harrier(['prune', '--force', '--caches', '--kept']);
    rmSync(folder, { recursive: true, force: true });
  });

  const harrier = (args: readonly string[], input = ''): Promise<{ code: number | null; out: string; err: string }> =>
    new Promise((done) => {
      const child = spawn(process.execPath, [cli, 'docker', ...args], {
        env: { PATH: process.env['PATH'], HOME: folder, CONFIG_FILE: join(folder, 'config.toml') },
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => (out += chunk));
      child.stderr.on('data', (chunk) => (err += chunk));
      child.stdin.end(input);
      child.on('close', (code) => done({ code, out: tidy(out), err: tidy(err) }));
    });
  /** Names of chance, sizes and versions are replaced. */
  const tidy = (text: string): string =>
    text
      .replace(/^Runtime platform.*\n/gm, '')
      .replace(/\(Docker [^,]+/g, '(Docker X')
      .replace(/-[0-9a-f]{16}-/g, '-<id>-')
      .replace(/runner-[0-9a-f]{32}-cache-[0-9a-f]{32}/g, '<volume>')
      .replace(/kept-until-\d+/g, 'kept-until-<s>')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replace(/\b\d+(?:\.\d)? (?:B|kB|MB)\b/g, '<size>')
      .replace(/ {2,}/g, '  ')
      .replace(/ \(<size>\)/g, '');

  it('shows what is there, asks before it removes, and takes no more than it may', async () => {
    expect(await harrier(['list'])).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "unix:///var/run/docker.sock (Docker X, found by: Docker)
        nothing of Harrier
      No leftovers.
      ",
      }
    `);

    const environment = await executor.prepare(request);
    await runIn(environment, 'build', 'exit 1');
    await environment.close({ keepUntilMs: systemClock.now() + 3_600_000 });
    await executor.settled?.();
    const working = await executor.prepare({ ...request, slot: { runnerId: 1, projectRunnerId: 1 } });
    try {
      const listed = await harrier(['list']);
      expect(listed.out.split('\n').sort().join('\n')).toMatchInlineSnapshot(`
        "
          KIND  NAME  SIZE  USE  PROJECT  JOB
          container  runner-test-project-5-concurrent-0-<id>-build.kept-until-<s>  kept until <time>  5  7
          container  runner-test-project-5-concurrent-1-<id>-build  in use  5  7
          container  runner-test-project-5-concurrent-1-<id>-predefined  in use  5  7
          volume  <volume>  <size>  in use  5  7
          volume  <volume>  <size>  in use  5  7
          volume  <volume>  <size>  in use  5  7
          volume  <volume>  <size>  in use  5  7
        No leftovers. With --kept: 1 thing.
        unix:///var/run/docker.sock (Docker X, found by: Docker)"
      `);
      expect(await harrier(['prune'])).toMatchInlineSnapshot(`
        {
          "code": 0,
          "err": "",
          "out": "unix:///var/run/docker.sock (Docker X, found by: Docker)
          KIND  NAME  SIZE  USE  PROJECT  JOB
          container  runner-test-project-5-concurrent-1-<id>-predefined  in use  5  7
          container  runner-test-project-5-concurrent-1-<id>-build  in use  5  7
          container  runner-test-project-5-concurrent-0-<id>-build.kept-until-<s>  kept until <time>  5  7
          volume  <volume>  <size>  in use  5  7
          volume  <volume>  <size>  in use  5  7
          volume  <volume>  <size>  in use  5  7
          volume  <volume>  <size>  in use  5  7
        Nothing to remove. No leftovers. With --kept: 1 thing.
        ",
        }
      `);
      expect((await harrier(['prune', '--caches', '--kept'], 'no\n')).out).toContain('Nothing was removed.');
      const removed = await harrier(['prune', '--caches', '--kept'], 'y\n');
      expect(removed.out).toMatch(/removed \d/);
      expect((await runIn(working, 'build', 'echo still here')).stdout).toBe('still here\n');
    } finally {
      await working.close();
      await working.removed?.();
    }
    const { code, out } = await harrier(['list', '--json']);
    expect(code).toBe(0);
    const left = JSON.parse(out).contents[0].items.map((each: { kind: string; use: string }) => [each.kind, each.use]);
    expect(left.every(([kind, use]: [string, string]) => kind === 'volume' && use === 'cache')).toBe(true);
    expect((await harrier(['prune', '-f', '--caches'])).code).toBe(0);
    expect((await harrier(['list'])).out).toContain('nothing of Harrier');
  }, 60_000);

  it('wrong words and no engine', async () => {
    expect((await harrier(['purge'])).err).toContain('harrier docker takes "list" or "prune", found "purge"');
    writeFileSync(
      join(folder, 'config.toml'),
      `[[runners]]\nname = "box"\nurl = "http://127.0.0.1:1"\ntoken = "x"\nexecutor = "docker"\n[runners.docker]\nhost = "unix:///nonexistent.sock"\n`,
    );
    const { code, err } = await harrier(['list']);
    expect(code).toBe(1);
    expect(err).toContain('host in config.toml (unix:///nonexistent.sock): there is nothing');
  });
});
