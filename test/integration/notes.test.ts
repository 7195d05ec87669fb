import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Note } from '../../src-shared/ipc.ts';
import { createTestApp } from '../support/app.ts';
import { startTestCoordinator } from '../support/coordinator/index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The whole app; `system` says whether the system can show notes. */
const open = async (system: boolean) => {
  const folder = mkdtempSync(join(tmpdir(), 'harrier-notes-'));
  const coordinator = await startTestCoordinator();
  const bySystem: Note[] = [];
  const byWindow: Note[] = [];
  const app = await createTestApp(folder, {
    host: { kind: 'electron', platform: process.platform, canPickFolder: false },
    notify: async (note) => {
      if (system) bySystem.push(note);
      return system;
    },
  });
  app.subscribe((name, payload) => {
    if (name === 'note.show') byWindow.push(payload as Note);
  });
  await app.start();
  closers.push(async () => {
    await app.close();
    await coordinator.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { runner } = await app.handlers['runner.add']({
    url: coordinator.url,
    token: coordinator.token,
    executor: 'shell',
  });
  return {
    app,
    coordinator,
    runner,
    bySystem,
    byWindow,
    config: () => readFileSync(join(folder, 'config.toml'), 'utf8'),
  };
};

it('off until agreed; then failures only, by the system, with the way to the log; per runner all or none', async () => {
  const { app, coordinator, runner, bySystem, byWindow, config } = await open(true);
  const run = async (name: string, script: string) => {
    const job = coordinator.queue({ name, script: [script] });
    await job.done;
    await expect.poll(() => app.snapshot().jobs.find((each) => each.id === job.id)?.endedMs).toBeDefined();
  };
  await run('before', 'exit 1');
  expect(bySystem).toEqual([]);
  expect(await app.handlers['settings.read']({})).toMatchObject({ asked: false, notifications: false });
  await app.handlers['settings.change']({ notifications: true });
  expect(config()).toContain('[harrier]\n');
  expect(await app.handlers['settings.read']({})).toMatchObject({ asked: true, notifications: true });
  await run('good', 'true');
  await run('bad', 'exit 3');
  expect(bySystem).toMatchObject([
    { title: 'bad failed', level: 'failure', link: `#/jobs/${runner}-${coordinator.jobs.at(-1)?.id}` },
  ]);
  await app.handlers['runner.change']({ runner, values: { 'harrier.notify': 'all' } });
  await run('good', 'true');
  await app.handlers['runner.change']({ runner, values: { 'harrier.notify': 'none' } });
  await run('bad', 'exit 3');
  expect(bySystem.map(({ title }) => title)).toEqual(['bad failed', 'good passed']);
  expect(byWindow).toEqual([]);
  expect(await app.handlers['note.try']({})).toEqual({ shown: 'system' });
});

it('a system that cannot show it leaves it to the window; a runner that is refused is told', async () => {
  const { app, coordinator, byWindow } = await open(false);
  await app.handlers['settings.change']({ notifications: true, startPaused: true });
  await expect.poll(() => coordinator.asked(coordinator.token)).toBeGreaterThan(0);
  coordinator.revoke(coordinator.token);
  await expect
    .poll(() => byWindow, { timeout: 15_000 })
    .toMatchObject([
      { title: expect.stringContaining('GitLab refuses this runner'), link: expect.stringMatching(/^#\/runners\//) },
    ]);
  expect(await app.handlers['note.try']({})).toEqual({ shown: 'window' });
  await expect(app.handlers['login.set']({ on: true })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
});
