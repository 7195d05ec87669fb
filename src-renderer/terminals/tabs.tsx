import { SquareTerminal, X } from 'lucide-react';
import type { Ref } from 'react';
import type { TerminalView } from '../../src-shared/ipc.ts';
import { hashOf } from '../app/route.ts';
import { t } from '../app/text.ts';
import { IconButton } from '../ui/controls.tsx';
import styles from './terminals.module.css';

/** Links, so that each terminal has an address; the number tells apart those of one job. */
export function Tabs({
  terminals,
  current,
  onClose,
  ref,
}: {
  readonly terminals: readonly TerminalView[];
  readonly current: string | undefined;
  readonly onClose: (id: string) => void;
  readonly ref: Ref<HTMLElement>;
}) {
  return (
    <nav aria-label={t('terminals.tabs')} className={styles['tabs']} ref={ref}>
      <a
        aria-current={current === undefined ? 'page' : undefined}
        className={styles['tabLink']}
        href={hashOf({ view: 'terminals' })}
      >
        {t('terminals.places')}
      </a>
      <ul>
        {terminals.map((terminal, at) => {
          const name = nameOf(terminals, at);
          return (
            <li
              className={styles['tab']}
              data-current={terminal.id === current || undefined}
              data-ended={terminal.endedMs !== undefined || undefined}
              key={terminal.id}
            >
              <a
                aria-current={terminal.id === current ? 'page' : undefined}
                href={hashOf({ view: 'terminals', terminal: terminal.id })}
                title={name}
              >
                <SquareTerminal aria-hidden="true" size={14} />
                <span className={styles['tabName']}>{name}</span>
                {terminal.endedMs !== undefined ? (
                  <span className="hidden-text">, {t('terminals.hasEnded')}</span>
                ) : null}
              </a>
              <IconButton label={t('terminals.close', { name })} onClick={() => onClose(terminal.id)}>
                <X size={14} />
              </IconButton>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

const nameOf = (terminals: readonly TerminalView[], at: number): string => {
  const { job, name } = terminals[at] as TerminalView;
  const before = terminals.slice(0, at).filter((each) => each.job === job).length;
  return before === 0 ? name : `${name} (${before + 1})`;
};
