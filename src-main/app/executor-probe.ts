import type { RunnerConfig } from '../../src-shared/config-schema.ts';
import type { Clock } from '../base/clock.ts';
import { checkExecutor } from './checks/index.ts';

/** What one runner lacks on this machine, or where its jobs would run. */
export interface ExecutorTrouble {
  readonly executor: string;
  readonly runner: string;
  readonly text: string;
}
/** Looks whether jobs of the runners could run now: the same checks that the wizard makes. */
export interface ExecutorProbe {
  /** As it was last seen; nothing before the first look. */
  readonly troubles: readonly ExecutorTrouble[];
  /** Looks anew at what was not looked at for a while, and answers when all is known or `boundMs` are over. */
  look(): Promise<void>;
}

/** A host that does not answer holds nobody up; what it comes to is shown the next time. */
const boundMs = 3000;
const freshMs = 60_000;

export function createExecutorProbe(deps: {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runners: () => readonly RunnerConfig[];
  readonly onChange: () => void;
  readonly check?: typeof checkExecutor;
}): ExecutorProbe {
  const { clock, env, check = checkExecutor } = deps;
  const seen = new Map<
    string,
    { readonly atMs: number; text: string | undefined; looking: Promise<void> | undefined }
  >();
  const lookAt = async (runner: RunnerConfig): Promise<void> => {
    const key = keyOf(runner);
    const known = seen.get(key);
    if (known !== undefined && (known.looking !== undefined || clock.monotonic() - known.atMs < freshMs))
      return known.looking;
    const entry = { atMs: clock.monotonic(), text: known?.text, looking: undefined as Promise<void> | undefined };
    seen.set(key, entry);
    entry.looking = (async () => {
      const found = await check(runner.executor ?? '', runner, env);
      const text = found.find(({ state }) => state === 'failed')?.text;
      const isNew = text !== entry.text;
      entry.text = text;
      entry.looking = undefined;
      if (isNew) deps.onChange();
    })();
    return entry.looking;
  };
  return {
    get troubles() {
      return deps.runners().flatMap((runner) => {
        const text = seen.get(keyOf(runner))?.text;
        if (text === undefined) return [];
        return [{ executor: runner.executor ?? '', runner: runner.name || runner.url || '', text }];
      });
    },
    async look() {
      const bound = new AbortController();
      const keys = new Set(deps.runners().map(keyOf));
      for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key);
      await Promise.race([
        Promise.all(deps.runners().map(lookAt)),
        clock.sleep(boundMs, bound.signal).catch(() => {}),
      ]).finally(() => bound.abort());
    },
  };
}

/** What the checks read of an entry. */
const keyOf = (runner: RunnerConfig): string =>
  JSON.stringify(
    (['executor', 'shell', 'docker', 'ssh', 'custom', 'parallels', 'virtualbox', 'machine'] as const).map(
      (key) => runner[key] ?? null,
    ),
  );
