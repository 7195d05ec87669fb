import { BadgeCheck, KeyRound, Pause, Pencil, Play, Plug, RefreshCw, Square, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { CallOutput, JobView, RunnerView } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useCommands } from '../app/commands.ts';
import { selectFacts, selectJobs } from '../app/engine-store.ts';
import { useEngine } from '../app/harrier.ts';
import { goTo, hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { Button, controlStyles, ErrorText, IconButton, OutLink, Slots, Tag } from '../ui/controls.tsx';
import { clockTime, timeOfDay } from '../ui/format.ts';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { StateIcon, toneOf } from '../ui/state-icon.tsx';
import { useNow } from '../ui/use-now.ts';
import { agoText, hourMs, noPluggedIn, reasonOf, runnerWord, slotsOf, tomorrowMs, whereText } from './describe.ts';
import { type Asking, RunnerDialog } from './runner-dialogs.tsx';
import styles from './runners.module.css';

/** One runner: who it is, how it is and why, what it does, what can be done about it. */
export function RunnerRow({
  runner,
  concurrent,
  selected,
}: {
  readonly runner: RunnerView;
  readonly concurrent: number;
  readonly selected: boolean;
}) {
  const jobs = useEngine(selectJobs);
  const now = useNow(1000, true);
  const power = useEngine((state) => selectFacts(state)?.power);
  const pause = useAction('runner.pause');
  const resume = useAction('runner.resume');
  const verify = useAction('runner.verify');
  const [verified, setVerified] = useState<CallOutput<'runner.verify'>>();
  const [asking, setAsking] = useState<Asking>();
  const running = jobs.filter((job) => job.runner === runner.key && job.endedMs === undefined);
  const total = slotsOf(runner, concurrent);
  const trouble = pause.trouble ?? resume.trouble ?? verify.trouble;
  const check = async (): Promise<void> => setVerified(await verify.run({ runner: runner.key }));
  const paused = runner.state === 'paused';
  // Pausing and resuming at once are commands of the whole window.
  const items: readonly MenuItem[] = [
    ...(paused
      ? [
          {
            id: 'resume',
            label: t('runners.resume'),
            icon: <Play fill="currentColor" size={14} />,
            onChoose: () => void resume.run({ runner: runner.key }),
          },
        ]
      : [
          {
            id: 'hour',
            label: t('runners.pauseHour'),
            icon: <Pause fill="currentColor" size={14} strokeWidth={1} />,
            onChoose: () => void pause.run({ runner: runner.key, untilMs: Date.now() + hourMs }),
          },
          {
            id: 'tomorrow',
            label: t('runners.pauseTomorrow', { time: timeOfDay(tomorrowMs(now)) }),
            icon: <Pause fill="currentColor" size={14} strokeWidth={1} />,
            onChoose: () => void pause.run({ runner: runner.key, untilMs: tomorrowMs(Date.now()) }),
          },
          {
            id: 'pluggedIn',
            label: t('runners.pausePluggedIn'),
            icon: <Plug size={14} />,
            reason: noPluggedIn(power),
            onChoose: () => void pause.run({ runner: runner.key, untilPluggedIn: true }),
          },
        ]),
    ...(runner.local
      ? []
      : [
          ...(running.length > 0
            ? [
                {
                  id: 'stop',
                  label: t('runners.stopNow'),
                  icon: <Square fill="currentColor" size={12} />,
                  onChoose: () => setAsking('stop'),
                },
              ]
            : []),
          {
            id: 'edit',
            label: t('runners.edit'),
            icon: <Pencil size={16} />,
            apart: true,
            onChoose: () => goTo({ view: 'runners', runner: runner.key, edit: true }),
          },
          { id: 'verify', label: t('runners.verify'), icon: <BadgeCheck size={16} />, onChoose: () => void check() },
          {
            id: 'token',
            label: t('token.open'),
            icon: <KeyRound size={16} />,
            onChoose: () => setAsking('token'),
          },
          { id: 'reset', label: t('reset.open'), icon: <RefreshCw size={16} />, onChoose: () => setAsking('reset') },
          {
            id: 'remove',
            label: t('runners.remove'),
            icon: <Trash2 size={16} />,
            danger: true,
            apart: true,
            onChoose: () => setAsking('remove'),
          },
        ]),
  ];
  useCommands(
    items
      .filter(({ id }) => id !== 'resume')
      .map(({ id, label, icon, onChoose }) => ({
        id: `${id}-${runner.key}`,
        label,
        icon,
        note: runner.name,
        run: onChoose,
      })),
  );
  return (
    <li className={styles['row']} data-runner={runner.key} data-selected={selected || undefined}>
      <StateIcon state={runner.state} />
      <div className={styles['cell']}>
        <a
          aria-current={selected || undefined}
          className={styles['name']}
          href={hashOf({ view: 'runners', runner: runner.key })}
          title={runner.name}
        >
          {runner.name}
        </a>
        <p className={styles['sub']}>{whereText(runner)}</p>
        {runner.server && runner.server.tags.length > 0 ? (
          <p className={styles['tags']}>
            {runner.server.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </p>
        ) : null}
      </div>
      <div className={styles['cell']}>
        <p
          className={styles['word']}
          data-tone={runner.state === 'idle' || runner.state === 'stopped' ? undefined : toneOf[runner.state]}
        >
          {runnerWord(runner)}
        </p>
        {runner.reason ? <p className={styles['sub']}>{reasonOf(runner)}</p> : null}
        {runner.nextTryMs !== undefined && runner.nextTryMs > now ? (
          <p className={`${styles['sub']} num`}>{t('runner.nextTry', { time: clockTime(runner.nextTryMs - now) })}</p>
        ) : null}
        <NextStep onToken={() => setAsking('token')} runner={runner} />
        <RunningJobs jobs={running} now={now} />
        {verify.busy ? <p className={styles['sub']}>{t('runners.verifying')}</p> : null}
        {verified ? <Verified answer={verified} onClose={() => setVerified(undefined)} /> : null}
        {trouble ? (
          <div className={styles['inRow']}>
            <ErrorText trouble={trouble} />
          </div>
        ) : null}
      </div>
      <div className={`${styles['slots']} num`}>
        {t('runners.slotsOf', { used: runner.running, total })}
        <Slots total={total} used={runner.running} />
      </div>
      <p className={`${styles['contact']} num`}>
        {runner.lastContactMs !== undefined && !runner.local ? agoText(runner.lastContactMs, now) : ''}
      </p>
      <div className={styles['actions']}>
        {paused ? (
          <IconButton
            label={t('runners.resumeNamed', { name: runner.name })}
            onClick={() => void resume.run({ runner: runner.key })}
          >
            <Play fill="currentColor" size={14} />
          </IconButton>
        ) : runner.state !== 'stopped' && runner.state !== 'draining' ? (
          <IconButton
            label={t('runners.pauseNamed', { name: runner.name })}
            onClick={() => void pause.run({ runner: runner.key })}
          >
            <Pause fill="currentColor" size={14} strokeWidth={1} />
          </IconButton>
        ) : null}
        <Menu items={items} label={t('runners.more', { name: runner.name })} />
      </div>
      <RunnerDialog asking={asking} onClose={() => setAsking(undefined)} runner={runner} running={running.length} />
    </li>
  );
}

/** Say why and what next: the one thing to do about the trouble, in the row itself. */
function NextStep({ runner, onToken }: { readonly runner: RunnerView; readonly onToken: () => void }) {
  if (runner.trouble === 'refused')
    return (
      <div className={styles['next']}>
        <Button onClick={onToken} size="small">
          {t('token.open')}
        </Button>
        {runner.server?.page !== undefined ? <OutLink url={runner.server.page}>{t('ask.page')}</OutLink> : null}
      </div>
    );
  if (runner.trouble === 'config')
    return (
      <div className={styles['next']}>
        <a href={hashOf({ view: 'config', runner: runner.key })}>{t('runners.openConfig')}</a>
      </div>
    );
  return null;
}

const RunningJobs = ({ jobs, now }: { readonly jobs: readonly JobView[]; readonly now: number }) =>
  jobs.length === 0 ? null : (
    <ul className={styles['jobs']}>
      {jobs.map((job) => (
        <li key={job.key}>
          <a href={hashOf({ view: 'jobs', job: job.key })} title={`${job.name} · ${job.project}`}>
            <StateIcon size={14} state={job.state} />
            <span>
              <b>{job.name}</b>
            </span>
            <span>{job.project}</span>
            <span className="num">{clockTime(now - job.startedMs)}</span>
          </a>
        </li>
      ))}
    </ul>
  );

function Verified({ answer, onClose }: { readonly answer: CallOutput<'runner.verify'>; readonly onClose: () => void }) {
  return (
    <div className={styles['inRow']} role="status">
      {answer.valid ? (
        <p className={styles['sub']}>
          {answer.message}{' '}
          <button className={controlStyles['link']} onClick={onClose} type="button">
            {t('close')}
          </button>
        </p>
      ) : (
        <ErrorText
          trouble={{ code: 'TOKEN_REFUSED', message: answer.message, hint: answer.hint ?? t('runners.refusedHint') }}
        />
      )}
    </div>
  );
}
