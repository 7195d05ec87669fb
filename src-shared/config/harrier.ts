import { choice, duration, flag, integer, size, table, text, textLike } from './kinds.ts';

export const closeActions = ['ask', 'keep', 'quit'] as const;
export const dockIcons = ['always', 'window'] as const;
export const notifyLevels = ['all', 'failures', 'none'] as const;

/** The most jobs that the list may keep: each stands in every window that is open. */
export const mostHistory = 10_000;
export const historyDefaults = { count: 2000, age: '0s', size: '1g' } as const;

/** `system`, `none`, or the address of an HTTP proxy; SOCKS is not spoken. Empty counts as absent. */
const isProxy = (value: string): boolean =>
  ['', 'system', 'none'].includes(value) ||
  /^(?:https?:\/\/)?(?:[^/@\s]*@)?(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?\/?$/i.test(value);
const proxyExpected = '"system", "none" or the address of an HTTP proxy such as "http://proxy.example:3128"';

/** `[harrier]`: Harrier's own settings. The official runner leaves the table alone. */
export const harrierGlobals = table('Settings of Harrier itself; the official runner ignores them.', {
  notifications: flag('Tell of jobs and trouble through the system’s notifications; absent: not asked yet.'),
  start_paused: flag('Take no jobs after the start until a person resumes.', { default: false }),
  start_hidden: flag('Start without a window, in the tray.', { default: false }),
  close_window: choice(
    'What closing the window does; ask is for systems where the tray may be missing.',
    closeActions,
    { default: 'ask' },
  ),
  dock_icon: choice('When the Dock shows Harrier (macOS).', dockIcons, { default: 'window' }),
  proxy: textLike(
    'How GitLab is reached: by HTTPS_PROXY, HTTP_PROXY and NO_PROXY (system), directly (none), or by this proxy.',
    isProxy,
    proxyExpected,
    { default: 'system' },
  ),
  no_proxy: text('Hosts that are reached without the proxy of `proxy`, written as in NO_PROXY.'),
  ca_file: text('File with further authorities (PEM) that the connections to GitLab trust.'),
  history_count: integer('Ended jobs that stay in the list at most; the oldest go.', {
    default: historyDefaults.count,
    min: 0,
    max: mostHistory,
  }),
  history_age: duration('How long an ended job stays in the list; 0s: without limit.', {
    default: historyDefaults.age,
  }),
  history_size: size('What the logs of ended jobs may take together; the oldest go.', {
    default: historyDefaults.size,
  }),
  editor: text(
    'The program that files named in logs open in, by name or path; absent: the first known editor of this machine.',
  ),
  drain_timeout: duration('How long running jobs may go on when the app is closed.', { default: '10m' }),
  keep_failed_count: integer('Environments of failed jobs that are kept at most; the oldest goes for a new one.', {
    default: 5,
    min: 0,
  }),
  keep_failed_size: size('What all kept environments may take together; the oldest go first.', { default: '20g' }),
  min_free_disk: size('No job is taken while less disk is free where builds and logs go.', { default: '256m' }),
});

/** `[runners.harrier]`: what Harrier can do beyond the official runner, per runner. */
export const harrierRunner = table('Harrier’s own settings of this runner; the official runner ignores them.', {
  pty: flag(
    'Run jobs in a terminal: their programs show progress bars and colours as they would to a person (shell executor).',
    { default: false },
  ),
  proxy: textLike(
    'How GitLab is reached for this runner; absent: as `proxy` of `[harrier]` says.',
    isProxy,
    proxyExpected,
  ),
  notify: choice('Which ends of jobs are told: all, failures or none.', notifyLevels, { default: 'failures' }),
  keep_daemons: flag('Leave background processes of jobs (Gradle, Bazel, adb) running.', { default: false }),
  inherit_env: flag('Jobs see all of Harrier’s own environment, as with the official runner.', { default: false }),
  keep_failed: duration(
    'How long the environment of a failed job is kept, so that a terminal opens in it; 0s: not at all.',
    { default: '0s' },
  ),
  outside_links: flag('Links that lead out of the project: absent, refused in artifacts and kept in caches.'),
  local: flag('Set by Harrier for runs of local pipelines.', { default: false }),
});
