import { X } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import type { ConfigEffect, ConfigFinding } from '../../src-shared/ipc.ts';
import { t } from '../app/text.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './config.module.css';
import type { SaveResult } from './config-store.ts';
import { diffRows } from './diff-rows.ts';
import { fixLabel, nextStepOf, severityOf } from './findings.ts';
import { withPlainDots } from './placeholder.ts';

export const iconOf = { error: 'failed', warning: 'warning', info: 'waiting' } as const;

/** What saving would change. */
export function Changes({ before, after }: { readonly before: string; readonly after: string }) {
  const { rows } = useMemo(() => diffRows(before, after), [before, after]);
  if (rows.length === 0) return <p className={styles['note']}>{t('config.noChanges')}</p>;
  return (
    <ol aria-label={t('config.changesTab')} className={styles['diff']}>
      {rows.map((row, index) => (
        <li
          data-apart={(index > 0 && rows[index - 1]?.change !== row.change) || undefined}
          data-kind={row.kind}
          key={`${row.kind} ${row.line}`}
        >
          <span className="num">{row.line}</span>
          <span aria-hidden="true">{row.kind === 'new' ? '+' : '-'}</span>
          <code>
            <span className="hidden-text">{row.kind === 'new' ? '+ ' : '- '}</span>
            {withPlainDots(row.text) || ' '}
          </code>
        </li>
      ))}
    </ol>
  );
}

/** Everything that was found, each with its line, what comes of it, and what can be done at once. */
export function FindingList({
  findings,
  onGo,
  onFix,
}: {
  readonly findings: readonly ConfigFinding[];
  readonly onGo: (finding: ConfigFinding) => void;
  readonly onFix: (finding: ConfigFinding) => void;
}) {
  if (findings.length === 0) return <p className={styles['note']}>{t('config.noFindings')}</p>;
  return (
    <ul aria-label={t('config.findingsTab')} className={styles['findings']}>
      {findings.map((finding) => {
        const label = fixLabel(finding);
        return (
          <li key={`${finding.level} ${finding.line} ${finding.message}`}>
            <StateIcon size={14} state={iconOf[severityOf(finding)]} />
            <button className={styles['findingText']} onClick={() => onGo(finding)} type="button">
              <b>
                {finding.line === undefined
                  ? t(`config.level.${finding.level}`)
                  : t('config.levelAt', { level: t(`config.level.${finding.level}`), line: finding.line })}
              </b>{' '}
              {finding.message}
              <small>{nextStepOf(finding)}</small>
            </button>
            {label !== undefined ? (
              <Button onClick={() => onFix(finding)} size="small">
                {label}
              </Button>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

/** After saving: from when each change counts, and what does not work. */
export function SavedPanel({ result, onClose }: { readonly result: SaveResult; readonly onClose: () => void }) {
  const { effects, failed } = result;
  const part = (
    title: string,
    state: 'passed' | 'waiting' | 'failed' | 'skipped',
    lines: readonly string[],
  ): ReactNode =>
    lines.length === 0 ? null : (
      <div key={title}>
        <dt>
          <StateIcon size={14} state={state} />
          {title}
        </dt>
        <dd>{lines.join(' · ')}</dd>
      </div>
    );
  const of = (when: ConfigEffect['when']): string[] => effects.filter((effect) => effect.when === when).map(effectText);
  return (
    <section aria-label={t('config.saved')} className={styles['saved']} role="status">
      <h2>{effects.length === 0 ? t('config.savedSame') : t('config.saved')}</h2>
      <dl>
        {part(
          t('config.effect.failed'),
          'failed',
          failed.map(({ runner, message }) => (runner ? `${runner}: ${message}` : message)),
        )}
        {part(t('config.effect.now'), 'passed', of('now'))}
        {part(t('config.effect.nextJob'), 'passed', of('nextJob'))}
        {part(t('config.effect.restart'), 'waiting', of('restart'))}
        {part(t('config.effect.never'), 'skipped', of('never'))}
      </dl>
      <IconButton label={t('close')} onClick={onClose}>
        <X size={16} />
      </IconButton>
    </section>
  );
}

function effectText({ change, key, runner }: ConfigEffect): string {
  const what =
    change === 'set'
      ? (key ?? '')
      : change === 'unset'
        ? t('config.change.unset', { key: key ?? '' })
        : t(`config.change.${change}`);
  return runner ? `${runner}: ${what}` : what;
}
