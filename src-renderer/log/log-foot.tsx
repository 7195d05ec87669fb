import { ArrowDownToLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { Kbd } from '../ui/controls.tsx';
import { byteSize, clockTime, count as countText, stageTime } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import styles from './log.module.css';
import type { LogSource } from './log-source.ts';
import type { Told } from './use-told.ts';

export interface LogFootProps {
  readonly source: LogSource;
  readonly count: number;
  readonly running: boolean;
  readonly following: boolean;
  /** Lines that came in since it does not follow. */
  readonly since: number;
  readonly onFollow: (following: boolean) => void;
  /** Rows while only matching lines are shown. */
  readonly only: number | undefined;
  /** How the last thing that a person did ended. */
  readonly told: Told | undefined;
}
/** Below the log: follow on the left, facts on the right; all of fixed width, so that nothing moves while it streams. */
export function LogFoot({ source, count, running, following, since, onFollow, only, told }: LogFootProps) {
  const now = useNow(200, running);
  const reading = source.index.size < source.size;
  const share = Math.floor((source.index.size / Math.max(1, source.size)) * 100);
  return (
    <div className={styles['foot']}>
      <button
        aria-pressed={following}
        className={styles['follow']}
        data-on={following || undefined}
        onClick={() => onFollow(!following)}
        type="button"
      >
        <ArrowDownToLine aria-hidden="true" size={14} />
        {following
          ? t(running ? 'log.following' : 'log.atEnd')
          : running && since > 0
            ? t('log.newLines', { count: since })
            : t('log.goToEnd')}
        {following ? null : <Kbd>{showKeys('End')}</Kbd>}
      </button>
      {!following && running ? <span className={styles['optional']}>{t('log.followOff')}</span> : null}
      {only !== undefined ? <span>{t('log.onlyLines', { count: only, shown: countText(only) })}</span> : null}
      <span className={styles['told']} data-bad={told?.bad || undefined} role="status" title={told?.text}>
        {told?.text}
      </span>
      <span className={`${styles['facts']} num`}>
        {reading && share < 100 ? <span>{t('log.readShare', { share })}</span> : null}
        <span>{t('log.lineCount', { count: count, shown: countText(count) })}</span>
        <span>{byteSize(source.size)}</span>
        {running && source.lastOutputMs !== undefined ? (
          <span className={styles['optional']}>{t('log.lastOutput', { ago: ago(now - source.lastOutputMs) })}</span>
        ) : null}
      </span>
      <Announcer count={count} running={running} />
    </div>
  );
}

const ago = (ms: number): string => (ms < 10_000 ? stageTime(ms) : clockTime(ms));

const announceEveryMs = 5000;
/** LOG11: one summary every few seconds for screen readers, never each line. */
function Announcer({ count, running }: { readonly count: number; readonly running: boolean }) {
  const [text, setText] = useState('');
  const latest = useRef(count);
  latest.current = count;
  useEffect(() => {
    if (!running) return;
    let told = latest.current;
    const timer = setInterval(() => {
      const news = latest.current - told;
      told = latest.current;
      if (news > 0) setText(t('log.newLines', { count: news }));
    }, announceEveryMs);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <span className="hidden-text" role="log">
      {text}
    </span>
  );
}
