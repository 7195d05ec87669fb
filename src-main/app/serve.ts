import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAppLog } from '../observe/log.ts';
import { dataFolderOf } from './data-folder.ts';
import type { ServeFlags } from './flags.ts';
import { surviveLostPromises } from './last-resort.ts';
import { followLogSettings } from './log-settings.ts';
import { createApp } from './root.ts';
import type { HarrierApp } from './types.ts';

/** The app for the web host: begins empty where there is no config file yet. */
export async function createServedApp(
  flags: ServeFlags,
): Promise<{ app: HarrierApp; rendererFolder: string; addressFile: string }> {
  const log = createAppLog({
    level: flags.debug ? 'debug' : 'warning',
    write: (text) => void process.stderr.write(text),
    nowMs: Date.now,
    colour: process.stderr.isTTY === true,
  });
  surviveLostPromises(log);
  // dist/cli.js and the chunks beside it: the page and the sample lie next to them.
  const dist = distFolder();
  const app = await createApp({
    configPath: flags.config,
    log,
    assetsFolder: join(dist, '..', 'assets'),
    host: { kind: 'web', platform: process.platform, canPickFolder: false },
    pickFolder: async () => null,
    openLink: async () => {},
    ...(flags.workingDirectory !== undefined ? { workingDirectory: flags.workingDirectory } : {}),
    configMayBeMissing: true,
    onConfig: followLogSettings(log, { level: flags.debug ? 'debug' : undefined }, 'warning'),
  });
  const data = dataFolderOf(app.snapshot().configPath, process.env, process.platform);
  return { app, rendererFolder: join(dist, 'renderer'), addressFile: join(data, 'web-address') };
}

function distFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith('chunks') ? dirname(here) : here;
}
