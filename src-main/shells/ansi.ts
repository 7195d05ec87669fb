/** Colours as GitLab Runner writes them (helpers/ansi_colors.go; spec/job-lifecycle.md, notation). */
export const ansi = {
  reset: '\x1b[0;m',
  clear: '\x1b[0K',
  boldGreen: '\x1b[32;1m',
  yellow: '\x1b[0;33m',
} as const;
