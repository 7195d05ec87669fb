import { Pause, Play, Plug, Square } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { hourMs, noPluggedIn, tomorrowMs } from '../runners/describe.ts';
import { Button, ErrorText, IconButton } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { count, timeOfDay } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { useAction } from './actions.ts';
import { type Command, useCommands } from './commands.ts';
import type { EngineFacts } from './engine-state.ts';
import { selectRunners } from './engine-store.ts';
import { useEngine, useHarrier } from './harrier.ts';
import styles from './shell.module.css';
import { shortcuts, showKeys } from './shortcuts.ts';
import { t } from './text.ts';
import { troubleOf } from './wire-failure.ts';

/** Start, pause, stop: buttons, or one menu where there is little room. Asks only where running jobs would be lost. */
export function EngineControls({ facts, compact }: { readonly facts: EngineFacts; readonly compact: boolean }) {
  const start = useAction('engine.start');
  const stop = useAction('engine.stop');
  const pauseAll = usePauseAll();
  const [asking, setAsking] = useState(false);
  const trouble = start.trouble ?? stop.trouble;
  const onStop = (): void => {
    if (facts.running > 0) setAsking(true);
    else void stop.run({ mode: 'now' });
  };
  const pause = <Pause fill="currentColor" size={14} strokeWidth={1} />;
  const on = facts.state !== 'stopped';
  const command = (id: string, label: string, icon: ReactNode, run: () => void, keys?: string): Command => ({
    id,
    label,
    icon,
    run,
    ...(keys !== undefined ? { keys } : {}),
  });
  const canPause = on && pauseAll.canPause && facts.state !== 'draining';
  const pauseKeys = shortcuts.pauseAll[0];
  const main = [
    ...(on
      ? []
      : [command('start', t('engine.start'), <Play fill="currentColor" size={14} />, () => void start.run({}))]),
    ...(canPause ? [command('pause', t('engine.pauseAll'), pause, () => void pauseAll.run(true), pauseKeys)] : []),
    ...(on && facts.state !== 'draining' && !canPause && pauseAll.canResume
      ? [
          command(
            'resume',
            t('engine.resumeAll'),
            <Play fill="currentColor" size={14} />,
            () => void pauseAll.run(false),
            pauseKeys,
          ),
        ]
      : []),
    ...(on
      ? [
          command(
            'stop',
            t(facts.state === 'draining' ? 'engine.stopNow' : 'engine.stop'),
            <Square fill="currentColor" size={12} />,
            onStop,
          ),
        ]
      : []),
  ];
  const more = [
    ...(canPause
      ? [
          command(
            'pauseHour',
            t('palette.pauseHour'),
            pause,
            () => void pauseAll.run(true, { untilMs: Date.now() + hourMs }),
          ),
          command(
            'pauseTomorrow',
            t('palette.pauseTomorrow', { time: timeOfDay(tomorrowMs(Date.now())) }),
            pause,
            () => void pauseAll.run(true, { untilMs: tomorrowMs(Date.now()) }),
          ),
          {
            ...command(
              'pausePluggedIn',
              t('palette.pausePluggedIn'),
              <Plug size={14} />,
              () => void pauseAll.run(true, { untilPluggedIn: true }),
            ),
            reason: noPluggedIn(facts.power),
          },
          ...(pauseAll.canResume
            ? [
                command(
                  'resume',
                  t('engine.resumeAll'),
                  <Play fill="currentColor" size={14} />,
                  () => void pauseAll.run(false),
                ),
              ]
            : []),
        ]
      : []),
    ...(facts.running > 0 && facts.state !== 'draining'
      ? [command('drain', t('stop.drainCommand'), <Square size={14} />, () => void stop.run({ mode: 'drain' }))]
      : []),
  ];
  useCommands(
    [...main, ...more].filter((each) => !('reason' in each) || each.reason === undefined),
    'window',
  );
  return (
    <>
      {compact ? (
        <Menu
          align="start"
          icon={
            <>
              <StateIcon size={20} state={facts.state} />
              {facts.running > 0 ? <span className={styles['railCount']}>{count(facts.running)}</span> : null}
            </>
          }
          items={[...main, ...more].map(({ run, ...each }) => ({ ...each, onChoose: run }))}
          label={facts.stateText}
        />
      ) : (
        main.map(({ id, label, icon, run, keys }) => (
          <IconButton key={id} label={label} onClick={run} {...(keys !== undefined ? { keys: showKeys(keys) } : {})}>
            {icon}
          </IconButton>
        ))
      )}
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
    canPause: runners.some(({ state }) => state !== 'paused'),
    canResume: runners.some(({ state }) => state === 'paused'),
    async run(
      pause: boolean,
      until: { readonly untilMs?: number; readonly untilPluggedIn?: boolean } = {},
    ): Promise<void> {
      try {
        for (const { key, state } of runners)
          if (pause !== (state === 'paused'))
            await (pause
              ? client.call('runner.pause', { runner: key, ...until })
              : client.call('runner.resume', { runner: key }));
      } catch (error) {
        store.getState().setTrouble(troubleOf(error));
      }
    },
  };
}
