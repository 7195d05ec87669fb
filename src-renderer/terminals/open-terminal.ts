import { type Action, useAction } from '../app/actions.ts';
import { goTo } from '../app/route.ts';

/** Until the window has measured its place. */
const firstSize = { columns: 80, rows: 24 };

/** Opens a terminal in the place of a job and shows it. */
export function useOpenTerminal(): Pick<Action<'terminal.open'>, 'busy' | 'trouble'> & {
  open(job: string): Promise<void>;
} {
  const { run, busy, trouble } = useAction('terminal.open');
  return {
    busy,
    trouble,
    async open(job) {
      const answer = await run({ job, ...firstSize });
      if (answer) goTo({ view: 'terminals', terminal: answer.terminal });
    },
  };
}
