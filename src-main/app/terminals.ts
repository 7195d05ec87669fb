import { HarrierError } from '../../src-shared/errors.ts';
import type { Handlers, JobView, TerminalView } from '../../src-shared/ipc.ts';
import type { Engine } from '../engine/index.ts';
import type { Terminals } from '../session/terminals.ts';

export type TerminalHandlers = Pick<
  Handlers,
  | 'terminal.open'
  | 'terminal.read'
  | 'terminal.write'
  | 'terminal.resize'
  | 'terminal.close'
  | 'kept.extend'
  | 'kept.remove'
  | 'kept.removeAll'
>;

const ok = { ok: true } as const;

/** Terminals in jobs that run and in what is kept of failed ones, of all engines that there are. */
export function createTerminalHandlers(deps: {
  readonly engines: () => readonly Engine[];
  readonly terminals: Terminals;
  /** A job that is at work or has ended. */
  readonly jobView: (key: string) => JobView | undefined;
}): TerminalHandlers {
  const { engines, terminals } = deps;
  const keptBy = (job: string) => engines().find((engine) => engine.kept.state(job) === 'kept')?.kept;
  const keeper = (job: string) => {
    const kept = keptBy(job);
    if (kept === undefined) throw new HarrierError('KEPT_GONE', 'the environment of this job is not kept any more');
    return kept;
  };
  const atWork = (job: string) => engines().find((engine) => engine.job(job) !== undefined);
  /** Asked when a shell has ended: of its own, or because its place is gone? */
  const gone = (job: string): Exclude<TerminalView['ended'], 'shell'> => {
    if (keptBy(job) !== undefined) return undefined;
    if (engines().some((engine) => engine.kept.state(job) === 'removed')) return 'kept';
    return atWork(job) !== undefined && deps.jobView(job)?.terminal === true ? undefined : 'job';
  };

  return {
    'terminal.open': async ({ job, columns, rows }) => {
      const kept = keptBy(job);
      const running = atWork(job)?.job(job);
      if (kept === undefined && running === undefined)
        throw new HarrierError('TERMINAL_UNAVAILABLE', 'this job is neither running nor kept');
      const terminal = await terminals.open({
        job,
        name: deps.jobView(job)?.name ?? '',
        size: { columns, rows },
        open: (size) => (running !== undefined ? running.terminal(size) : keeper(job).terminal(job, size)),
        gone: () => gone(job),
      });
      return { terminal };
    },
    ...openTerminalCalls(terminals),
    'kept.extend': async ({ job, byMs }) => ({ untilMs: await keeper(job).extend(job, byMs) }),
    'kept.remove': async ({ job }) => {
      await keeper(job).remove(job);
      return ok;
    },
    'kept.removeAll': async () => {
      await Promise.all(engines().map((engine) => engine.kept.removeAll()));
      return ok;
    },
  };
}

/** What is done with a terminal once it is open. */
export const openTerminalCalls = (
  terminals: Terminals,
): Pick<Handlers, 'terminal.read' | 'terminal.write' | 'terminal.resize' | 'terminal.close'> => ({
  'terminal.read': async ({ terminal, start }) => terminals.read(terminal, start),
  'terminal.write': async ({ terminal, data }) => {
    terminals.write(terminal, data);
    return ok;
  },
  'terminal.resize': async ({ terminal, columns, rows }) => {
    terminals.resize(terminal, { columns, rows });
    return ok;
  },
  'terminal.close': async ({ terminal }) => {
    terminals.close(terminal);
    return ok;
  },
});
