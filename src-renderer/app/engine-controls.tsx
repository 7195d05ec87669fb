import { Pause, Play, Square } from 'lucide-react';
import { useState } from 'react';
import { Button, ErrorText, IconButton } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useAction } from './actions.ts';
import type { EngineFacts } from './engine-state.ts';
import { selectRunners } from './engine-store.ts';
import { useEngine, useHarrier } from './harrier.ts';
import { t } from './text.ts';
import { troubleOf } from './wire-failure.ts';

/** Start, pause, stop. Asks only where running jobs would be lost. */
export function EngineControls({ facts }: { readonly facts: EngineFacts }) {
  const start = useAction('engine.start');
  const stop = useAction('engine.stop');
  const pauseAll = usePauseAll();
  const anyRunner = useEngine((state) => selectRunners(state).length > 0);
  const [asking, setAsking] = useState(false);
  const trouble = start.trouble ?? stop.trouble;
  const onStop = (): void => {
    if (facts.running > 0) setAsking(true);
    else void stop.run({ mode: 'now' });
  };
  return (
    <>
      {facts.state === 'stopped' ? (
        <IconButton label={t('engine.start')} onClick={() => void start.run({})}>
          <Play fill="currentColor" size={14} />
        </IconButton>
      ) : null}
      {facts.state === 'paused' ? (
        <IconButton label={t('engine.resumeAll')} onClick={() => void pauseAll.run(false)}>
          <Play fill="currentColor" size={14} />
        </IconButton>
      ) : null}
      {anyRunner && (facts.state === 'idle' || facts.state === 'busy' || facts.state === 'trouble') ? (
        <IconButton label={t('engine.pauseAll')} onClick={() => void pauseAll.run(true)}>
          <Pause fill="currentColor" size={14} strokeWidth={1} />
        </IconButton>
      ) : null}
      {facts.state !== 'stopped' ? (
        <IconButton label={t(facts.state === 'draining' ? 'engine.stopNow' : 'engine.stop')} onClick={onStop}>
          <Square fill="currentColor" size={12} />
        </IconButton>
      ) : null}
      {asking ? (
        <StopDialog
          draining={facts.state === 'draining'}
          onClose={() => setAsking(false)}
          onStop={(mode) => {
            setAsking(false);
            void stop.run({ mode });
          }}
          running={facts.running}
        />
      ) : null}
      {trouble ? (
        <Dialog
          actions={<Button onClick={() => [start, stop].forEach((each) => void each.clear())}>{t('close')}</Button>}
          onClose={() => [start, stop].forEach((each) => void each.clear())}
          title={t('engine.failed')}
        >
          <ErrorText trouble={trouble} />
        </Dialog>
      ) : null}
    </>
  );
}

function StopDialog({
  running,
  draining,
  onStop,
  onClose,
}: {
  readonly running: number;
  readonly draining: boolean;
  readonly onStop: (mode: 'drain' | 'now') => void;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      actions={
        <>
          <Button danger kind="quiet" onClick={() => onStop('now')}>
            {t('stop.now')}
          </Button>
          <span style={{ flex: 1 }} />
          <Button onClick={onClose}>{t('stop.stay')}</Button>
          {draining ? null : (
            <Button kind="primary" onClick={() => onStop('drain')}>
              {t('stop.drain')}
            </Button>
          )}
        </>
      }
      onClose={onClose}
      title={t('stop.title', { count: running })}
    >
      <p>{t(draining ? 'stop.textDraining' : 'stop.text')}</p>
    </Dialog>
  );
}

/** Pauses or resumes every runner; stops at the first that cannot, and says so at the top of the window. */
export function usePauseAll() {
  const { client, store } = useHarrier();
  const runners = useEngine(selectRunners);
  return {
    async run(pause: boolean, untilMs?: number): Promise<void> {
      try {
        for (const { key, state } of runners)
          if (pause !== (state === 'paused'))
            await (pause
              ? client.call('runner.pause', { runner: key, ...(untilMs !== undefined ? { untilMs } : {}) })
              : client.call('runner.resume', { runner: key }));
      } catch (error) {
        store.getState().setTrouble(troubleOf(error));
      }
    },
  };
}
