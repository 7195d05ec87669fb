import { callControl } from '../config/index.ts';

type Name = 'status' | 'pause' | 'resume' | 'drain' | 'stop';

interface Status {
  readonly state: string;
  readonly stateText: string;
  readonly pid: number;
  readonly runners: readonly { name: string; state: string; reason?: string; running: number }[];
  readonly jobs: readonly { id: number; name: string; project: string; phase?: string }[];
}

/** Talks to the engine that runs with this config file. `status` answers 1 when something is wrong. */
export async function control(
  name: Name,
  runner: string | undefined,
  options: { readonly config: string; readonly json?: boolean },
): Promise<number> {
  if (name !== 'status') {
    await callControl(options.config, name, runner !== undefined ? { runner } : {});
    return 0;
  }
  const status = (await callControl(options.config, 'status')) as Status;
  const code = status.state === 'trouble' ? 1 : 0;
  if (options.json) {
    process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
    return code;
  }
  const lines = [
    `${status.stateText} (process ${status.pid})`,
    ...status.runners.map(({ name: title, state, reason, running }) => {
      const jobs = running > 0 ? `, ${running} running` : '';
      return `  ${title}: ${state}${jobs}${reason !== undefined ? ` (${reason})` : ''}`;
    }),
    ...status.jobs.map(({ id, name: title, project, phase }) => `  job ${id} ${project} ${title}: ${phase ?? ''}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return code;
}
