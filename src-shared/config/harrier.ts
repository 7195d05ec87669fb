import { duration, flag, table } from './kinds.ts';

/** `[harrier]`: Harrier's own settings. The official runner leaves the table alone. */
export const harrierGlobals = table('Settings of Harrier itself; the official runner ignores them.', {
  drain_timeout: duration('How long running jobs may go on when the app is closed.', { default: '10m' }),
});

/** `[runners.harrier]`: what Harrier can do beyond the official runner, per runner. */
export const harrierRunner = table('Harrier’s own settings of this runner; the official runner ignores them.', {
  pty: flag('Run scripts in a terminal: progress bars and colours as a person would see them.', { default: false }),
  keep_daemons: flag('Leave background processes of jobs (Gradle, Bazel, adb) running.', { default: false }),
  inherit_env: flag('Jobs see all of Harrier’s own environment, as with the official runner.', { default: false }),
  keep_failed: duration('How long the environment of a failed job is kept for a look.', { default: '0s' }),
  outside_links: flag('Links that lead out of the project: absent, refused in artifacts and kept in caches.'),
  local: flag('Set by Harrier for runs of local pipelines.', { default: false }),
});
