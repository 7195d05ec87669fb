import { Plus } from 'lucide-react';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './config.module.css';
import type { RunnerEntry } from './form-model.ts';

export type Section = 'global' | number;
export const nameOfRunner = ({ name, index }: RunnerEntry): string =>
  name || t('config.unnamed', { number: index + 1 });

/** The parts of the file: what counts for all, and each runner. */
export function Sections({
  runners,
  section,
  wrong,
  onChoose,
}: {
  readonly runners: readonly RunnerEntry[];
  readonly section: Section;
  readonly wrong: ReadonlySet<Section>;
  readonly onChoose: (section: Section) => void;
}) {
  const item = (id: Section, label: string) => (
    <button
      aria-current={section === id ? 'true' : undefined}
      className={styles['section']}
      onClick={() => onChoose(id)}
      type="button"
    >
      <span>{label}</span>
      {wrong.has(id) ? (
        <>
          <StateIcon size={14} state="failed" />
          <span className="hidden-text">{t('config.level.runner')}</span>
        </>
      ) : null}
    </button>
  );
  return (
    <nav aria-label={t('config.sections')} className={styles['sections']}>
      {item('global', t('config.global'))}
      <h2>{t('config.runners')}</h2>
      {runners.length === 0 ? <p className={styles['doc']}>{t('config.noRunner')}</p> : null}
      <ul>
        {runners.map((runner) => (
          <li key={`runner-${runner.index.toString()}`}>{item(runner.index, nameOfRunner(runner))}</li>
        ))}
      </ul>
      <a className={styles['section']} href={hashOf({ view: 'add-runner' })}>
        <Plus aria-hidden="true" size={14} />
        <span>{t('config.addRunner')}</span>
      </a>
    </nav>
  );
}
