import { resolve } from 'node:path';
import { createCommandLog } from '../app/command-log.ts';
import { chosenConfigPath } from '../app/found/places.ts';
import type { Parsed } from '../base/flags.ts';
import type { Logger } from '../base/logger.ts';
import { defaultConfigPath } from '../config/paths.ts';

/** The config file that a command means, as a whole path: the one named, the one chosen in the window, the default one. */
export function configPathOf(input: Parsed): string {
  const machine = { env: process.env, platform: process.platform, uid: process.getuid?.() };
  return resolve(
    input.text('config') ?? chosenConfigPath(machine) ?? defaultConfigPath(machine.env, machine.platform, machine.uid),
  );
}

/** The log of a command, with what its command line left to say. */
export function logOf(input: Parsed): Logger {
  const log = createCommandLog({
    debug: input.boolean('debug'),
    logLevel: input.text('log-level'),
    logFormat: input.text('log-format'),
  });
  for (const warning of input.warnings) log.warn(warning);
  return log;
}
