import { Command, Container, FileCog, List, Server, Settings2, SquareTerminal, Workflow } from 'lucide-react';
import type { ReactNode } from 'react';
import { Kbd, Slots } from '../ui/controls.tsx';
import { StateIcon } from '../ui/state-icon.tsx';
import { EngineControls } from './engine-controls.tsx';
import { selectFacts, selectKept, selectRunners } from './engine-store.ts';
import { useEngine } from './harrier.ts';
import { hashOf, type Route } from './route.ts';
import styles from './shell.module.css';
import { shortcuts, showKeys } from './shortcuts.ts';
import { t } from './text.ts';

/** The engine's state and the places of the window. A rail of pictures with badges where there is little room. */
export function Navigation({
  route,
  compact,
  onCommands,
}: {
  readonly route: Route;
  readonly compact: boolean;
  readonly onCommands: () => void;
}) {
  const facts = useEngine(selectFacts);
  const runners = useEngine(selectRunners);
  const kept = useEngine((state) => selectKept(state).length);
  if (facts === undefined) return null;
  const ill = runners.some((runner) => runner.state === 'unhealthy');
  const word = t(`engine.${facts.state}`);
  return (
    <nav aria-label={t('nav.label')} className={styles['nav']}>
      <div className={styles['engine']}>
        {compact ? (
          <div className={styles['railState']}>
            <EngineControls compact facts={facts} />
          </div>
        ) : (
          <>
            <div className={styles['engineHead']}>
              <StateIcon state={facts.state} />
              <span className={styles['engineWord']} title={facts.stateText}>
                {word}
              </span>
              <EngineControls compact={false} facts={facts} />
            </div>
            <div className={styles['engineSlots']}>
              {runners.length > 0 && facts.state !== 'stopped' ? (
                <Slots total={facts.concurrent} used={facts.running} />
              ) : null}
            </div>
            <p className={`${styles['engineText']} num`} title={facts.stateText}>
              {underEngine(facts, runners.length)}
            </p>
          </>
        )}
      </div>
      <div className={styles['items']}>
        <Item
          badge={facts.running > 0 ? facts.running : undefined}
          compact={compact}
          current={route.view === 'jobs'}
          icon={<List size={16} />}
          label={t('nav.jobs')}
          to={{ view: 'jobs' }}
        />
        <Item
          badge={ill ? <StateIcon size={compact ? 10 : 14} state="unhealthy" /> : undefined}
          badgeText={ill ? t('nav.ill') : undefined}
          compact={compact}
          current={route.view === 'runners' || route.view === 'add-runner'}
          icon={<Server size={16} />}
          label={t('nav.runners')}
          to={{ view: 'runners' }}
        />
        <Item
          compact={compact}
          current={route.view === 'pipelines' || route.view === 'run-pipeline'}
          icon={<Workflow size={16} />}
          label={t('nav.pipelines')}
          to={{ view: 'pipelines' }}
        />
        <Item
          compact={compact}
          current={route.view === 'containers'}
          icon={<Container size={16} />}
          label={t('nav.containers')}
          to={{ view: 'containers' }}
        />
        <Item
          badge={kept > 0 ? kept : undefined}
          badgeText={kept > 0 ? t('nav.kept', { count: kept }) : undefined}
          compact={compact}
          current={route.view === 'terminals'}
          icon={<SquareTerminal size={16} />}
          label={t('nav.terminals')}
          to={{ view: 'terminals' }}
        />
        <Item
          compact={compact}
          current={route.view === 'config'}
          icon={<FileCog size={16} />}
          label={t('nav.config')}
          to={{ view: 'config' }}
        />
      </div>
      <div className={styles['bottom']}>
        <button
          className={styles['item']}
          onClick={onCommands}
          title={compact ? t('nav.commands') : undefined}
          type="button"
        >
          <Command aria-hidden="true" size={16} />
          <span className={compact ? 'hidden-text' : undefined}>{t('nav.commands')}</span>
          {compact ? null : <Kbd>{showKeys(shortcuts.commands[0])}</Kbd>}
        </button>
        <Item
          compact={compact}
          current={route.view === 'settings'}
          icon={<Settings2 size={16} />}
          label={t('nav.settings')}
          to={{ view: 'settings' }}
        />
      </div>
    </nav>
  );
}

/** `Trouble: name` under the word Trouble says it once. */
const withoutWord = (text: string): string => text.replace(/^\w+: /, '');

const underEngine = (
  facts: { state: string; stateText: string; running: number; concurrent: number },
  runners: number,
): string => {
  if (runners === 0) return t('engine.noRunner');
  if (facts.state === 'stopped') return t('engine.takesNone');
  if (facts.state === 'trouble' || facts.state === 'draining') return withoutWord(facts.stateText);
  return t('engine.slots', { used: facts.running, total: facts.concurrent });
};

function Item({
  to,
  label,
  icon,
  current,
  compact,
  badge,
  badgeText,
}: {
  readonly to: Route;
  readonly label: string;
  readonly icon: ReactNode;
  readonly current: boolean;
  readonly compact: boolean;
  readonly badge?: ReactNode;
  readonly badgeText?: string | undefined;
}) {
  return (
    <a
      aria-current={current ? 'page' : undefined}
      className={styles['item']}
      href={hashOf(to)}
      title={compact ? label : undefined}
    >
      {icon}
      <span className={compact ? 'hidden-text' : undefined}>{label}</span>
      {badge !== undefined ? (
        <span className={compact ? styles['railBadge'] : `${styles['badge']} num`}>
          {badge}
          {badgeText ? <span className="hidden-text">{badgeText}</span> : null}
        </span>
      ) : null}
    </a>
  );
}
