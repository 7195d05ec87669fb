import { ChevronDown, ChevronUp } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { ConfigFinding } from '../../src-shared/ipc.ts';
import { shortcuts, showKeys } from '../app/shortcuts.ts';
import { t } from '../app/text.ts';
import { Button, ErrorText, Kbd } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { Changes, FindingList, SavedPanel } from './bottom.tsx';
import styles from './config.module.css';
import type { ConfigStore } from './config-store.ts';
import { diffRows } from './diff-rows.ts';
import { severityOf } from './findings.ts';
import type { RunnerEntry } from './form-model.ts';
import { nameOfRunner } from './sections.tsx';

type Tab = 'changes' | 'findings';

/** What would change, what is wrong, and saving. */
export function Foot({
  store,
  changed,
  runners,
  onGo,
  onFix,
}: {
  readonly store: ConfigStore;
  readonly changed: boolean;
  readonly runners: readonly RunnerEntry[];
  readonly onGo: (finding: ConfigFinding) => void;
  readonly onFix: (finding: ConfigFinding) => void;
}) {
  const { file, text, checked, saving, trouble, result, save, discard, closeResult } = useStore(store);
  const [open, setOpen] = useState<Tab>();
  const [asking, setAsking] = useState(false);
  const before = file?.text ?? '';
  const { count } = useMemo(() => diffRows(before, text), [before, text]);
  const { findings } = checked;
  const errors = findings.filter((finding) => severityOf(finding) === 'error');
  const fatal = findings.find(({ level }) => level === 'file');
  const hints = findings.filter(({ level }) => level === 'advice').length;
  const problems = findings.length - hints;
  const fixable = errors.filter(({ fix }) => fix !== undefined);
  const tab = (id: Tab, label: string) => (
    <button
      aria-expanded={open === id}
      className={styles['tab']}
      onClick={() => setOpen(open === id ? undefined : id)}
      type="button"
    >
      {open === id ? <ChevronDown aria-hidden="true" size={14} /> : <ChevronUp aria-hidden="true" size={14} />}
      {label}
    </button>
  );
  const fixAndSave = (): void => {
    for (const finding of fixable) onFix(finding);
    void save();
  };
  return (
    <footer className={styles['foot']}>
      {result ? <SavedPanel onClose={closeResult} result={result} /> : null}
      <div className={styles['tabs']}>
        {tab('changes', changed ? t('config.lines', { count }) : t('config.unchanged'))}
        {tab(
          'findings',
          [
            problems > 0 || hints === 0 ? t('config.findings', { count: problems }) : '',
            hints > 0 ? t('config.hints', { count: hints }) : '',
          ]
            .filter(Boolean)
            .join(', '),
        )}
        {open === 'changes' && changed ? <span className={styles['tabNote']}>{t('config.keptAs')}</span> : null}
      </div>
      {open !== undefined ? (
        <div className={styles['panel']}>
          {open === 'changes' ? (
            <Changes after={text} before={before} />
          ) : (
            <FindingList findings={findings} onFix={onFix} onGo={onGo} />
          )}
        </div>
      ) : null}
      <div className={styles['bar']}>
        <Summary changed={changed} errors={errors} fatal={fatal} findings={findings} runners={runners} />
        {trouble ? <ErrorText trouble={trouble} /> : null}
        <span className={styles['spring']} />
        {changed ? (
          <Button kind="quiet" onClick={() => setAsking(true)}>
            {t('config.discard')}
          </Button>
        ) : null}
        {changed && errors.length > 0 && fixable.length === errors.length ? (
          <>
            {fatal ? null : (
              <Button busy={saving} onClick={() => void save()}>
                {t('config.saveAnyway')}
              </Button>
            )}
            <Button busy={saving} kind="primary" onClick={fixAndSave}>
              {t('config.fixAndSave')}
            </Button>
          </>
        ) : (
          <Button
            busy={saving}
            kind="primary"
            onClick={() => void save()}
            reason={
              !changed ? t('config.nothingToSave') : fatal ? t('config.fixFirst', { line: fatal.line ?? 1 }) : undefined
            }
          >
            {t(errors.length > 0 && changed && !fatal ? 'config.saveAnyway' : 'config.save')}
            <Kbd>{showKeys(shortcuts.save[0])}</Kbd>
          </Button>
        )}
      </div>
      {asking ? (
        <Dialog
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('config.keep')}</Button>
              <Button
                danger
                onClick={() => {
                  setAsking(false);
                  void discard();
                }}
              >
                {t('config.discard')}
              </Button>
            </>
          }
          onClose={() => setAsking(false)}
          title={t('config.discardTitle')}
        >
          <p>{t('config.discardText', { count })}</p>
        </Dialog>
      ) : null}
    </footer>
  );
}

function Summary({
  changed,
  errors,
  fatal,
  findings,
  runners,
}: {
  readonly changed: boolean;
  readonly errors: readonly ConfigFinding[];
  readonly fatal: ConfigFinding | undefined;
  readonly findings: readonly ConfigFinding[];
  readonly runners: readonly RunnerEntry[];
}) {
  const [first] = errors;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  const runner = runners.find(({ index }) => first?.path[0] === 'runners' && first.path[1] === index);
  const [state, words] =
    fatal !== undefined
      ? (['failed', t('config.sumFile', { count: errors.length, line: fatal.line ?? 1 })] as const)
      : first !== undefined
        ? ([
            'failed',
            t('config.sumRunner', {
              count: errors.length,
              name: runner ? nameOfRunner(runner) : '',
              line: first.line ?? 1,
            }),
          ] as const)
        : warnings > 0
          ? (['warning', t('config.sumWarn', { count: warnings })] as const)
          : (['passed', changed ? t('config.sumFine') : ''] as const);
  return (
    <p className={styles['summary']} role="status">
      {words === '' ? null : <StateIcon state={state} />}
      <span>{words}</span>
    </p>
  );
}
