import { createStore } from 'zustand/vanilla';
import type { CallInput } from '../../src-shared/ipc.ts';
import type { Trouble } from '../app/wire-failure.ts';

export type Step = 'server' | 'token' | 'executor';
export const steps: readonly Step[] = ['server', 'token', 'executor'];

/** What was typed so far. Lasts until it is finished or thrown away; leaving the view loses nothing. */
export interface Draft {
  readonly step: Step;
  readonly url: string;
  /** What the server said about itself; gone when the address changes. */
  readonly server: { readonly version?: string; readonly message: string } | undefined;
  readonly token: string;
  readonly executor: 'shell' | 'docker';
  readonly image: string;
  readonly name: string;
  readonly limit: string;
  /** Trouble and the field it belongs to. */
  readonly trouble: { readonly field: 'url' | 'token' | 'executor' | 'limit'; readonly trouble: Trouble } | undefined;
}
export const emptyDraft: Draft = {
  step: 'server',
  url: '',
  server: undefined,
  token: '',
  executor: 'shell',
  image: 'alpine:latest',
  name: '',
  limit: '1',
  trouble: undefined,
};
export const draftStore = createStore<Draft>()(() => emptyDraft);

/** Where an error of `runner.add` belongs, and to which step it leads back. */
export function placeOfTrouble(code: string): { readonly step: Step; readonly field: 'url' | 'token' | 'executor' } {
  if (code.startsWith('SERVER_')) return { step: 'server', field: 'url' };
  if (code.startsWith('TOKEN_')) return { step: 'token', field: 'token' };
  return { step: 'executor', field: 'executor' };
}

/** The call that adds the runner. */
export function addInput(draft: Draft): CallInput<'runner.add'> {
  const limit = Number(draft.limit);
  return {
    url: draft.url,
    token: draft.token,
    executor: draft.executor,
    ...(draft.name.trim() !== '' ? { name: draft.name.trim() } : {}),
    settings: {
      ...(limit > 0 ? { limit } : {}),
      ...(draft.executor === 'docker' ? { docker: { image: draft.image.trim() } } : {}),
    },
  };
}
