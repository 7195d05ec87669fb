import type { BuildLog } from '../base/build-log.ts';
import { ansi } from '../shells/ansi.ts';

const boldRed = '\x1b[31;1m';

/** The runner's own lines as bytes of one stream (spec/job-lifecycle.md 6.1). */
export const createBuildLog = (write: (text: string) => void): BuildLog => ({
  plain: (text) => write(`${ansi.clear}${text}${ansi.reset}\n`),
  info: (text) => write(`${ansi.boldGreen}${text}${ansi.reset}\n`),
  warning: (text) => write(`${ansi.yellow}WARNING: ${text}${ansi.reset}\n`),
  error: (text) => write(`${boldRed}ERROR: ${text}${ansi.reset}\n`),
  raw: write,
});
