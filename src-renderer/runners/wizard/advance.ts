import type { StoreApi } from 'zustand/vanilla';
import type { Client } from '../../../src-shared/ipc.ts';
import { t } from '../../app/text.ts';
import type { Trouble } from '../../app/wire-failure.ts';
import { addInput, type Draft, fieldOfMissing, kindOf, type Step } from './draft.ts';
import { cleanToken, cleanUrl } from './paste.ts';

/**
 * Checks the step that is open and goes on to the next, or leaves the trouble at the field concerned. Throws what a call
 * throws; the caller knows the step.
 */
export const createAdvance =
  (client: Client) =>
  async (store: StoreApi<Draft>): Promise<void> => {
    const draft = store.getState();
    const stay = (field: string, trouble: Trouble): void => store.setState({ trouble: { field, trouble } });
    const go = (step: Step, change: Partial<Draft> = {}): void =>
      store.setState({ ...change, step, trouble: undefined });
    const refuse = (field: string, message: string): void => stay(field, { code: 'INPUT', message });

    switch (draft.step) {
      case 'server': {
        const url = cleanUrl(draft.url);
        if (url === '') return refuse('url', t('add.urlMissing'));
        store.setState({ url, trouble: undefined });
        const server = await client.call('server.probe', { url, ...caFileOf(draft) });
        if (server.ok) return go('token', { server, ...(server.url !== undefined ? { url: server.url } : {}) });
        store.setState({ server });
        return stay('url', {
          code: server.code ?? 'SERVER',
          message: server.message,
          hint: server.hint ?? t('add.urlHint'),
        });
      }
      case 'token': {
        const token = cleanToken(draft.token);
        if (token === '') return refuse('token', t('add.tokenMissing'));
        // A registration token is any word; an address or a sentence is none.
        if (/[\s/:]/.test(token)) return refuse('token', t('add.tokenIsNone'));
        store.setState({ token, trouble: undefined });
        const check = await client.call('token.check', { url: draft.url, token, ...caFileOf(draft) });
        if (check.ok)
          return go('executor', {
            check,
            restored: false,
            scope: scopeAfter(draft, check.scopes),
          });
        return stay('token', { code: 'TOKEN', message: check.message, ...(check.hint ? { hint: check.hint } : {}) });
      }
      case 'executor': {
        const missing = fieldOfMissing(draft);
        return missing === undefined ? go('tags') : refuse(missing, t('add.fieldMissing'));
      }
      case 'tags': {
        const limit = Number(draft.limit);
        if (!Number.isInteger(limit) || limit < 0 || draft.limit.trim() === '')
          return refuse('limit', t('add.limitWrong'));
        const minutes = Number(draft.timeout || '10');
        if (!Number.isInteger(minutes) || minutes < 10) return refuse('timeout', t('add.timeoutWrong'));
        if (kindOf(draft) === 'personal' && draft.scope === undefined) return refuse('scope', t('add.scope.missing'));
        return go('save');
      }
      case 'save': {
        store.setState({ trouble: undefined });
        const { runner } = await client.call('runner.add', addInput(draft));
        // The token has done its work: nothing of it stays in this window.
        store.setState({ added: runner, token: '', check: undefined, fields: {}, extra: {} });
      }
    }
  };

const caFileOf = ({ caFile }: Draft) => (caFile.trim() === '' ? {} : { caFile: caFile.trim() });

/** What was chosen stays if this token may make such runners. */
const scopeAfter = ({ scope }: Draft, allowed: readonly string[] | undefined): Draft['scope'] =>
  scope !== undefined && allowed?.includes(scope.type) ? scope : undefined;
