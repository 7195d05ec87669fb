import type { Parsed } from '../base/flags.ts';
import { configPathOf } from './context.ts';

/** `harrier run`. Flags of the official command that mean nothing here are said, not passed over. */
export async function run(input: Parsed): Promise<number> {
  const user = input.text('user');
  const { runHeadless } = await import('../app/headless.ts');
  const [workingDirectory, logLevel, logFormat] = [
    input.text('working-directory'),
    input.text('log-level'),
    input.text('log-format'),
  ];
  return runHeadless({
    config: configPathOf(input),
    ...(workingDirectory !== undefined ? { workingDirectory } : {}),
    ...(user !== undefined ? { user } : {}),
    ...(input.boolean('debug') ? { debug: true } : {}),
    ...(logLevel !== undefined ? { logLevel } : {}),
    ...(logFormat !== undefined ? { logFormat } : {}),
    notices: [
      ...input.warnings,
      ...(input.text('listen-address') ? ['--listen-address has no effect: there is no server for metrics'] : []),
      ...(input.boolean('syslog') ? ['--syslog has no effect: the log goes to stderr'] : []),
    ],
  });
}
