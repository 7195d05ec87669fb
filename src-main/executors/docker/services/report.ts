import type { BuildLog } from '../../../base/build-log.ts';
import type { Engine } from '../engine/types.ts';
import type { RunningService } from './start.ts';

const yellow = '\x1b[0;33m';
const reset = '\x1b[0;m';
const logBytes = 64 * 1024;

/** The block of the job's log about a service that did not come up; the job goes on (spec/executors.md 2.6, 7). */
export async function reportService(
  { engine, log }: { engine: Engine; log: BuildLog },
  service: RunningService,
  problem: string,
): Promise<void> {
  const logs = await engine.logs(service.id, { timestamps: true, limitBytes: logBytes }).catch(() => '');
  log.raw(
    [
      '',
      `${yellow}*** WARNING:${reset} Service ${service.name} probably didn't start properly.`,
      '',
      'Health check error:',
      problem,
      '',
      'Service container logs:',
      logs,
      '',
      `${yellow}*********${reset}`,
      '',
      '',
    ].join('\n'),
  );
}
