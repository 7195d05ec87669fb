import { resolve } from 'node:path';
import { HarrierError, messageOf } from '../../src-shared/errors.ts';
import { goArchitecture, goPlatform, revision, version } from '../base/version.ts';
import { createAppLog } from '../observe/log.ts';
import type { RunFlags } from './flags.ts';
import { surviveLostPromises } from './last-resort.ts';
import { followLogSettings } from './log-settings.ts';
import { createApp } from './root.ts';
import type { HarrierApp } from './types.ts';

const defaultDrainSeconds = 30;

/**
 * `harrier run`: the engine without a window. Answers the exit code. SIGTERM and SIGINT drain for `shutdown_timeout`
 * (0: 30 s), SIGQUIT drains without a limit, SIGHUP reloads; a further signal ends the jobs at once and reports them.
 */
export async function runHeadless(flags: RunFlags): Promise<number> {
  const log = createAppLog({
    level: flags.debug ? 'debug' : flags.logLevel,
    format: flags.logFormat,
    write: (text) => void process.stderr.write(text),
    nowMs: Date.now,
    colour: process.stderr.isTTY === true,
  });
  surviveLostPromises(log);
  log.info('Runtime platform', { arch: goArchitecture, os: goPlatform, pid: process.pid, revision, version });
  for (const notice of flags.notices ?? []) log.warn(notice);
  const configPath = resolve(flags.config);
  log.info(`Starting multi-runner from ${configPath}...`);
  let app: HarrierApp;
  let stopped = (): void => {};
  try {
    if (flags.workingDirectory !== undefined) process.chdir(flags.workingDirectory);
    app = await createApp({
      configPath,
      log,
      assetsFolder: '',
      host: { kind: 'headless', platform: process.platform, canPickFolder: false },
      pickFolder: async () => null,
      openLink: async () => {},
      workingDirectory: process.cwd(),
      configMayBeMissing: false,
      ...(flags.user !== undefined ? { user: flags.user } : {}),
      onConfig: followLogSettings(log, { level: flags.debug ? 'debug' : flags.logLevel, format: flags.logFormat }),
      onStopped: () => stopped(),
    });
    await app.start();
  } catch (error) {
    if (!(error instanceof HarrierError)) throw error;
    log.log('fatal', error.message, { code: error.code, hint: error.hint });
    return 1;
  }
  await new Promise<void>((done) => {
    stopped = done;
    let stops = 0;
    const stop = (signal: NodeJS.Signals): void => {
      stops += 1;
      log.warn(stops === 1 ? 'Stopping: no new job is taken' : 'Ending the running jobs', { signal });
      if (stops > 1) return void app.stop('now').then(done);
      const seconds = app.config().shutdown_timeout ?? 0;
      const timeoutMs = (seconds > 0 ? seconds : defaultDrainSeconds) * 1000;
      void app.stop('drain', signal === 'SIGQUIT' ? {} : { timeoutMs }).then(done);
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, stop);
    process.on('SIGHUP', () => void app.reload().catch((error) => log.error(messageOf(error))));
  });
  await app.close();
  log.info('Can exit now!');
  return 0;
}
