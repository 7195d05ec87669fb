import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { RunnerView } from '../../src-shared/ipc.ts';
import { tokenTail } from '../../src-shared/tokens.ts';
import type { Poller } from './poller.ts';

export interface RunnerFacts {
  readonly key: string;
  readonly runner: RunnerConfig;
  readonly poller: Poller | undefined;
  readonly problem: { readonly message: string; readonly line?: number } | undefined;
  readonly running: number;
  readonly pausedUntilMs: number | undefined;
  readonly pausedUntilPluggedIn: boolean;
  readonly engine: 'running' | 'draining' | 'stopped';
  readonly local: boolean;
}

/** One entry as a person sees it: a state and one sentence that says why. */
export function viewOf(facts: RunnerFacts): RunnerView {
  const { runner, poller, running } = facts;
  const { state, reason, trouble } = stateOf(facts);
  return {
    key: facts.key,
    name: runner.name || runner.url || 'runner',
    url: runner.url ?? '',
    executor: runner.executor ?? '',
    ...(runner.shell ? { shell: runner.shell } : {}),
    state,
    ...(reason !== undefined ? { reason } : {}),
    ...(trouble !== undefined ? { trouble } : {}),
    ...(facts.problem?.line !== undefined ? { line: facts.problem.line } : {}),
    ...(runner.id ? { id: runner.id } : {}),
    ...(runner.token?.startsWith('glrt-') ? { outlives: true } : {}),
    notify: notifyOf(runner.harrier?.notify),
    running,
    limit: runner.limit ?? 0,
    tokenTail: tokenTail(runner.token),
    ...(runner.token_expires_at && runner.token_expires_at.getTime() > 0
      ? { tokenExpiresAt: runner.token_expires_at.toISOString() }
      : {}),
    ...(poller?.lastContactMs !== undefined ? { lastContactMs: poller.lastContactMs } : {}),
    ...(facts.pausedUntilMs !== undefined && Number.isFinite(facts.pausedUntilMs)
      ? { pausedUntilMs: facts.pausedUntilMs }
      : {}),
    ...(facts.pausedUntilPluggedIn ? { pausedUntilPluggedIn: true } : {}),
    // Told only while something is wrong: at the ordinary pace it would change every second.
    ...(poller?.nextTryMs !== undefined && poller.health.state !== 'healthy' ? { nextTryMs: poller.nextTryMs } : {}),
    local: facts.local,
  };
}

/** `[runners.harrier] notify`; failures where nothing is said. */
export const notifyOf = (value: string | undefined): NonNullable<RunnerView['notify']> =>
  value === 'all' || value === 'none' ? value : 'failures';

function stateOf(facts: RunnerFacts): Pick<RunnerView, 'state' | 'reason' | 'trouble'> {
  const { poller, running, problem, engine } = facts;
  if (problem !== undefined) return { state: 'unhealthy', reason: problem.message, trouble: 'config' };
  if (engine === 'stopped') return { state: 'stopped' };
  if (engine === 'draining') return { state: 'draining', reason: 'Takes no new job; the running ones finish.' };
  if (facts.pausedUntilMs !== undefined)
    return { state: 'paused', reason: running > 0 ? 'Takes no new job; the running ones finish.' : 'Takes no jobs.' };
  const health = poller?.health;
  if (health?.state === 'refused')
    return {
      state: 'unhealthy',
      reason: `GitLab refused this runner: ${health.message ?? '403 Forbidden'}`,
      trouble: 'refused',
    };
  if (health?.state === 'unreachable')
    return {
      state: 'unhealthy',
      reason: `GitLab cannot be reached: ${health.message ?? 'no answer'}`,
      trouble: 'unreachable',
    };
  if (poller?.held !== undefined)
    return { state: running > 0 ? 'busy' : 'unhealthy', reason: poller.held, trouble: 'held' };
  if (running > 0) return { state: 'busy' };
  return {
    state: 'idle',
    reason: poller?.lacking ? `Asks for no job now: ${poller.lacking}` : 'Waits for a job that fits its tags.',
  };
}
