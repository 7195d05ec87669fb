import { useEffect, useState } from 'react';
import type { MachineCheck } from '../../../src-shared/runner-calls.ts';
import { selectFacts } from '../../app/engine-store.ts';
import { useEngine, useHarrier } from '../../app/harrier.ts';
import { t } from '../../app/text.ts';
import { Button } from '../../ui/controls.tsx';
import { StateIcon } from '../../ui/state-icon.tsx';
import { offered, textsOf } from './executor-fields.ts';
import styles from './wizard.module.css';

const icons = { ok: 'passed', warning: 'warning', failed: 'failed' } as const;
/** Typing goes on: the machine is looked at when it rests. */
const restMs = 400;

/** Executors that work here and suit this system, and this machine's name; undefined until the engine has said so. */
export function useExecutors(): { readonly executors: readonly string[]; readonly machine: string } | undefined {
  const { client } = useHarrier();
  const platform = useEngine((state) => selectFacts(state)?.host.platform ?? '');
  const [found, setFound] = useState<{ executors: readonly string[]; machine: string }>();
  useEffect(() => {
    let gone = false;
    client.call('executor.list', {}).then(
      (answer) => {
        if (!gone) setFound({ ...answer, executors: offered(answer.executors, platform) });
      },
      // The banner says that the connection is lost.
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [client, platform]);
  return found;
}

/** What this machine has for an executor; looked at anew when the settings rest, and on demand. */
export function useMachineChecks(executor: string, settings: Record<string, unknown>) {
  const { client } = useHarrier();
  const [checks, setChecks] = useState<readonly MachineCheck[]>();
  const [turn, setTurn] = useState(0);
  const key = JSON.stringify({ settings, turn });
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(
      () =>
        client.call('executor.check', { executor, settings: JSON.parse(key).settings }).then(
          (answer) => {
            if (!gone) setChecks(answer.checks);
          },
          () => {
            if (!gone) setChecks([]);
          },
        ),
      restMs,
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, executor, key]);
  return {
    checks,
    again: () => {
      setChecks(undefined);
      setTurn(turn + 1);
    },
  };
}

/** The checks of the executor that is chosen, each with its next step. */
export function MachineChecks({
  checks,
  onAgain,
}: {
  readonly checks: readonly MachineCheck[] | undefined;
  readonly onAgain: () => void;
}) {
  return (
    <section aria-busy={checks === undefined} aria-label={t('add.checks')} className={styles['checks']}>
      <h3>{t('add.checks')}</h3>
      {checks === undefined ? (
        <p role="status">{t('add.checking')}</p>
      ) : checks.length === 0 ? (
        <p>{t('add.checkNothing')}</p>
      ) : (
        <ul>
          {checks.map((check) => (
            <li key={check.id}>
              <StateIcon state={icons[check.state]} />
              <div>
                <span>{sentence(check.text)}</span>
                {check.hint ? <small>{check.hint}</small> : null}
              </div>
            </li>
          ))}
        </ul>
      )}
      {checks?.some(({ state }) => state !== 'ok') ? (
        <div className={styles['again']}>
          <Button onClick={onAgain} size="small">
            {t('add.checkAgain')}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

export const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Every executor that can be chosen later, in a line each. */
export function MachineSurvey() {
  const found = useExecutors();
  const { client } = useHarrier();
  const [states, setStates] = useState<Readonly<Record<string, readonly MachineCheck[]>>>({});
  useEffect(() => {
    let gone = false;
    for (const executor of found?.executors ?? [])
      client.call('executor.check', { executor, settings: {} }).then(
        ({ checks }) => {
          if (!gone) setStates((before) => ({ ...before, [executor]: checks }));
        },
        () => {},
      );
    return () => {
      gone = true;
    };
  }, [client, found]);
  return (
    <ul>
      {(found?.executors ?? []).map((executor) => {
        const looked = states[executor];
        const first = looked?.[0];
        const title = textsOf(executor)?.[0];
        return (
          <li key={executor}>
            <StateIcon
              state={first === undefined ? 'skipped' : first.state === 'failed' ? 'warning' : icons[first.state]}
            />
            <span>
              <b>{title === undefined ? executor : t(title)}</b>{' '}
              {first !== undefined ? shortened(first.text) : looked === undefined ? '' : t('add.asksFirst')}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** Without what stands in brackets: where there is little room; the step itself says it whole. */
export const shortened = (text: string): string =>
  text
    .replace(/\s*\([^)]*\)/g, '')
    .split(';')[0]
    ?.trim() ?? text;
