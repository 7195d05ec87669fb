import type { Reached } from '../../src-shared/host-calls.ts';
import { t } from '../app/text.ts';
import { hostOf } from '../ui/format.ts';
import { StateIcon } from '../ui/state-icon.tsx';
import styles from './settings.module.css';

/** What a test of connections came to, server by server. */
export const ReachedList = ({ reached }: { readonly reached: readonly Reached[] }) => (
  <ul aria-label={t('settings.reached')} className={styles['reached']} role="status">
    {reached.length === 0 ? <li>{t('settings.nothingToTest')}</li> : null}
    {reached.map(({ url, ok, message, hint }) => (
      <li key={url}>
        <StateIcon state={ok ? 'passed' : 'failed'} />
        <div>
          {message.startsWith(url) ? null : <b>{hostOf(url)} </b>}
          {message}
          {hint !== undefined ? <p className={styles['hint']}>{hint}</p> : null}
        </div>
      </li>
    ))}
  </ul>
);
