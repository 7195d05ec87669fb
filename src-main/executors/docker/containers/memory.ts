import type { Engine } from '../engine/types.ts';
import { runExec } from '../files/exec.ts';

/** cgroup v2, then v1; the engine itself tells only after the whole container has ended. */
const sources = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'];

/** How many processes the kernel has killed in this container because its memory was used up; 0 when nobody knows. */
export async function memoryKills(engine: Engine, container: string): Promise<number> {
  let text = '';
  const onStdout = (data: Buffer): undefined => {
    text += data.toString();
  };
  await runExec(engine, container, ['cat', ...sources], { onStdout }).catch(() => {});
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}
