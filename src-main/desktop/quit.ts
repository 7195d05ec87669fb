import type { EngineSnapshot } from '../../src-shared/ipc.ts';

export type QuitChoice = 'finish' | 'cancelJobs' | 'stay';

/**
 * RUN2: quitting with running jobs asks once (finish, cancel and report, stay). Answers true when the app may end.
 * An OS shutdown does not ask: jobs are ended and reported within the time the system gives.
 */
export async function mayQuit(options: {
  snapshot: EngineSnapshot;
  osShutdown: boolean;
  ask: (running: number) => Promise<QuitChoice>;
  stop: (mode: 'drain' | 'now') => Promise<void>;
}): Promise<boolean> {
  const { snapshot, osShutdown, ask, stop } = options;
  if (osShutdown || snapshot.running === 0) {
    await stop('now');
    return true;
  }
  const choice = await ask(snapshot.running);
  if (choice === 'stay') return false;
  await stop(choice === 'finish' ? 'drain' : 'now');
  return true;
}

/** The words of the dialog; the index of a button is the index of `choices`. */
export const quitDialog = (running: number) => ({
  type: 'question' as const,
  message: running === 1 ? 'A job is running' : `${running} jobs are running`,
  detail: 'Finish: no new job is taken, Harrier quits after the last one. Cancel: jobs end now and GitLab is told.',
  buttons: ['Finish jobs, then quit', 'Cancel jobs and quit', 'Keep running'],
  choices: ['finish', 'cancelJobs', 'stay'] as const,
  defaultId: 0,
  cancelId: 2,
});
