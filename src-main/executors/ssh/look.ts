import type { RunnerConfig } from '../../../src-shared/config-schema.ts';
import { connect } from '../remote/connect.ts';
import { createMachine } from '../remote/machine.ts';
import { addressOf, readLogin } from '../remote/settings.ts';

/** What a job finds on the host of a runner. */
export interface HostLook {
  /** `user@host:port`. */
  readonly place: string;
  /** Programs that jobs need and that are not there. */
  readonly missing: readonly string[];
}

/** Signs in once, as a job does, and looks for what jobs need. Rejects with what a job would fail with. */
export async function lookAtHost(
  runner: RunnerConfig,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HostLook> {
  const login = readLogin(runner, env);
  const client = await connect(login);
  const machine = createMachine(async () => client);
  try {
    let said = '';
    const script = 'for p in "$@"; do command -v "$p" >/dev/null 2>&1 || echo "$p"; done';
    await machine.run(['sh', '-lc', script, 'sh', runner.shell || 'bash', 'git', 'tar'], {
      onStdout: (data) => {
        said += data.toString();
        return undefined;
      },
    });
    return { place: `${login.user}@${addressOf(login)}`, missing: said.split('\n').filter(Boolean) };
  } finally {
    machine.close();
    client.end();
  }
}
