import { HarrierError } from '../../src-shared/errors.ts';

const helper = 'the steps around a script need no helper program here';
/** Commands of `gitlab-runner` that are not here, and why. */
export const refusedCommands: Readonly<Record<string, string>> = {
  'run-single': 'runs one runner from flags; write a config file with one [[runners]] and use `harrier run --config`',
  install: 'there are no services of the system yet; `harrier start` runs in the background until the machine stops',
  uninstall: 'there are no services of the system yet',
  wrapper: 'there is no supervisor interface; `harrier status` and `harrier drain` do its work',
  fleeting: 'there are no autoscaled instances',
  steps: '`run:` steps are not supported',
  'artifacts-downloader': helper,
  'artifacts-uploader': helper,
  'cache-archiver': helper,
  'cache-extractor': helper,
  'cache-init': helper,
  'proxy-exec': helper,
  'read-logs': helper,
};

export const refuse = (name: string): HarrierError =>
  new HarrierError('NOT_SUPPORTED', `\`harrier ${name}\` is not there: ${refusedCommands[name] ?? ''}`);
