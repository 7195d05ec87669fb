import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppOptions, createApp } from '../../src-main/app/root.ts';
import type { HarrierApp } from '../../src-main/app/types.ts';
import { silentLogger } from '../../src-main/base/logger.ts';

/** The whole app in this process, not started; everything of it lies below `folder`, where there may be no config.toml yet. */
export const createTestApp = (folder: string, options: Partial<AppOptions> = {}): Promise<HarrierApp> =>
  createApp({
    configPath: join(folder, 'config.toml'),
    log: silentLogger,
    env: { PATH: process.env['PATH'], HOME: folder },
    dataFolder: join(folder, 'data'),
    assetsFolder: '',
    host: { kind: 'web', platform: process.platform, canPickFolder: false },
    pickFolder: async () => null,
    openLink: async () => {},
    configMayBeMissing: true,
    ...options,
  });

/** The whole app in this process, with one runner at a test coordinator; everything of it lies below `folder`. */
export async function startApp(
  folder: string,
  coordinator: { readonly url: string; readonly token: string },
  options: { readonly runner?: string; readonly globals?: string; readonly executor?: string } = {},
): Promise<HarrierApp> {
  const entry = [
    '[[runners]]',
    '  name = "mine"',
    `  url = "${coordinator.url}"`,
    `  token = "${coordinator.token}"`,
    `  executor = "${options.executor ?? 'shell'}"`,
  ];
  const text = `concurrent = 4\ncheck_interval = 1\n${options.globals ?? ''}\n${entry.join('\n')}\n${options.runner ?? ''}`;
  writeFileSync(join(folder, 'config.toml'), text, { mode: 0o600 });
  const app = await createTestApp(folder, {
    env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder },
    assetsFolder: folder,
    workingDirectory: folder,
    configMayBeMissing: false,
  });
  await app.start();
  return app;
}
