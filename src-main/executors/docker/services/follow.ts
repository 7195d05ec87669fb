import type { BuildLog } from '../../../base/build-log.ts';
import { openFrames } from '../engine/frames.ts';
import type { Engine } from '../engine/types.ts';
import type { RunningService } from './start.ts';

const grey = '\x1b[0;37m';
const reset = '\x1b[0;m';

/** CI_DEBUG_SERVICES: each line of each service goes into the job's log, with its names in front. Answers what ends it. */
export async function followServices(
  { engine, log }: { engine: Engine; log: BuildLog },
  services: readonly RunningService[],
): Promise<() => void> {
  const streams = await Promise.all(services.map(({ id }) => engine.followLogs(id, { timestamps: true })));
  for (const [index, stream] of streams.entries()) {
    const name = services[index]?.aliases.join('-') ?? '';
    let rest = '';
    const say = (line: string) => log.raw(`${grey}[service:${name}] ${line}${reset}\n`);
    openFrames(stream, (_, data) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) say(line.replace(/\r$/, ''));
      return undefined;
    })
      .catch(() => {})
      .finally(() => {
        if (rest !== '') say(rest);
      });
  }
  return () => {
    for (const stream of streams) stream.destroy();
  };
}
