import { createStore, type StoreApi } from 'zustand/vanilla';
import { keyAt } from '../../../src-shared/config/describe.ts';
import type { CallInput, CallOutput } from '../../../src-shared/ipc.ts';
import type { RunnerScope } from '../../../src-shared/runner-calls.ts';
import { tokenKindOf } from '../../../src-shared/token-kind.ts';
import type { Trouble } from '../../app/wire-failure.ts';
import { fieldsOf } from './executor-fields.ts';

export type Step = 'server' | 'token' | 'executor' | 'tags' | 'save';
export const steps: readonly Step[] = ['server', 'token', 'executor', 'tags', 'save'];

/** What was typed so far. Lasts until it is finished or thrown away; closing the window loses nothing but secrets. */
export interface Draft {
  readonly step: Step;
  readonly url: string;
  readonly caFile: string;
  /** What the server said about itself; gone when the address changes. */
  readonly server: CallOutput<'server.probe'> | undefined;
  readonly token: string;
  /** What the server said of the token; gone when it changes. */
  readonly check: CallOutput<'token.check'> | undefined;
  readonly scope: RunnerScope | undefined;
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly locked: boolean;
  readonly protectedOnly: boolean;
  readonly paused: boolean;
  /** Minutes as typed; empty: none. */
  readonly timeout: string;
  readonly note: string;
  readonly executor: string;
  /** Keys that the executor needs, by their dotted names. */
  readonly fields: Readonly<Record<string, string>>;
  /** Further keys that a pasted command brought. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly limit: string;
  /** What a pasted command held that is not used. */
  readonly unused: { readonly unknown: readonly string[]; readonly ignored: readonly string[] } | undefined;
  /** The window was opened anew: secrets are asked for again. */
  readonly restored: boolean;
  /** Trouble and the field it belongs to. */
  readonly trouble: { readonly field: string; readonly trouble: Trouble } | undefined;
  /** The runner that was made; the last page is shown. */
  readonly added: string | undefined;
}
export const emptyDraft: Draft = {
  step: 'server',
  url: '',
  caFile: '',
  server: undefined,
  token: '',
  check: undefined,
  scope: undefined,
  tags: [],
  runUntagged: true,
  locked: true,
  protectedOnly: false,
  paused: false,
  timeout: '',
  note: '',
  executor: 'shell',
  fields: {},
  extra: {},
  name: '',
  limit: '1',
  unused: undefined,
  restored: false,
  trouble: undefined,
  added: undefined,
};
export const draftStore: StoreApi<Draft> = createStore<Draft>()(() => emptyDraft);

/** What kind the token is: the server's word before the prefix's. */
export const kindOf = (draft: Draft) => draft.check?.kind ?? tokenKindOf(draft.token);
/** GitLab itself keeps tags and the like of a runner that was made there. */
export const serverDecides = (draft: Draft): boolean => kindOf(draft) === 'runner';

/** Where an error of `runner.add` belongs, and to which step it leads back. */
export function placeOfTrouble(code: string): { readonly step: Step; readonly field: string } {
  if (code.startsWith('SERVER_')) return { step: 'server', field: 'url' };
  if (code.startsWith('TOKEN_')) return { step: 'token', field: 'token' };
  return { step: 'save', field: 'save' };
}

/** The keys of the entry: what a pasted command brought, then what was typed. */
export function settingsFrom(draft: Draft): Record<string, unknown> {
  const limit = Number(draft.limit);
  const settings: Record<string, unknown> = { ...draft.extra, ...(limit > 0 ? { limit } : {}) };
  for (const { key, standard } of fieldsOf(draft.executor)) {
    const value = (draft.fields[key] ?? standard ?? '').trim();
    if (value !== '') put(settings, key.split('.'), value);
  }
  return settings;
}

function put(table: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    table[name] = value;
    return;
  }
  const below: unknown = table[name];
  const inside = { ...(typeof below === 'object' && below !== null ? below : {}) };
  put(inside, rest, value);
  table[name] = inside;
}

/** The call that adds the runner. */
export function addInput(draft: Draft): CallInput<'runner.add'> {
  const minutes = Number(draft.timeout);
  return {
    url: draft.url,
    token: draft.token,
    executor: draft.executor,
    settings: settingsFrom(draft),
    ...(draft.caFile.trim() !== '' ? { caFile: draft.caFile.trim() } : {}),
    ...(draft.name.trim() !== '' ? { name: draft.name.trim() } : {}),
    ...(draft.check !== undefined ? { kind: draft.check.kind } : {}),
    ...(kindOf(draft) === 'personal' && draft.scope !== undefined ? { scope: draft.scope } : {}),
    ...(serverDecides(draft)
      ? {}
      : {
          server: {
            tags: [...draft.tags],
            runUntagged: draft.runUntagged || draft.tags.length === 0,
            locked: draft.locked,
            protectedOnly: draft.protectedOnly,
            paused: draft.paused,
            ...(minutes > 0 ? { maximumTimeout: minutes * 60 } : {}),
            ...(draft.note.trim() !== '' ? { note: draft.note.trim() } : {}),
          },
        }),
  };
}

/** What a pasted command changes of the draft. */
export function fromCommand(draft: Draft, found: CallOutput<'register.read'>): Partial<Draft> {
  const { url, token, name, executor, server, settings } = found;
  const fields: Record<string, string> = { ...draft.fields };
  const extra: Record<string, unknown> = structuredClone(settings);
  const { limit } = extra;
  delete extra['limit'];
  const caFile = extra['tls-ca-file'];
  delete extra['tls-ca-file'];
  for (const { key } of fieldsOf(executor ?? draft.executor)) {
    const value = takeFrom(extra, key.split('.'));
    if (value !== undefined) fields[key] = value;
  }
  return {
    ...(url !== undefined ? { url, server: undefined } : {}),
    ...(token !== undefined ? { token, check: undefined } : {}),
    ...(name !== undefined ? { name } : {}),
    ...(executor !== undefined ? { executor } : {}),
    ...(typeof limit === 'number' ? { limit: String(limit) } : {}),
    ...(typeof caFile === 'string' ? { caFile } : {}),
    ...(server.tags !== undefined ? { tags: server.tags, runUntagged: server.runUntagged ?? false } : {}),
    ...(server.runUntagged !== undefined ? { runUntagged: server.runUntagged } : {}),
    ...(server.locked !== undefined ? { locked: server.locked } : {}),
    ...(server.paused !== undefined ? { paused: server.paused } : {}),
    ...(server.protectedOnly !== undefined ? { protectedOnly: server.protectedOnly } : {}),
    ...(server.maximumTimeout !== undefined ? { timeout: String(Math.ceil(server.maximumTimeout / 60)) } : {}),
    ...(server.note !== undefined ? { note: server.note } : {}),
    fields,
    extra,
    unused: { unknown: found.unknown, ignored: found.ignored },
    trouble: undefined,
  };
}

function takeFrom(table: Record<string, unknown>, [name = '', ...rest]: readonly string[]): string | undefined {
  const value: unknown = table[name];
  if (rest.length > 0)
    return typeof value === 'object' && value !== null ? takeFrom(value as Record<string, unknown>, rest) : undefined;
  if (typeof value !== 'string') return undefined;
  delete table[name];
  return value;
}

const storageKey = 'harrier.add-runner';

/**
 * Keeps the draft over a reload in the browser's storage (ON3): all but the token, passwords and other secrets, which
 * are asked for again. Answers a function that stops it.
 */
export function keepDraft(
  store: StoreApi<Draft>,
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined,
) {
  const kept = restore(storage);
  if (kept !== undefined) store.setState(kept);
  return store.subscribe((draft) => {
    try {
      if (draft.added !== undefined || !isBegun(draft)) storage?.removeItem(storageKey);
      else storage?.setItem(storageKey, JSON.stringify(withoutSecrets(draft)));
    } catch {
      // Private windows may have no storage: the draft then lasts as long as the window.
    }
  });
}

const isBegun = (draft: Draft): boolean => draft.url !== '' || draft.name !== '' || draft.tags.length > 0;

/** The draft as it may lie in a browser's storage. */
export function withoutSecrets(draft: Draft): Partial<Draft> {
  const { token, check, trouble, added, unused, restored, fields, extra, ...rest } = draft;
  const secret = new Set(fieldsOf(draft.executor).flatMap((field) => (field.secret ? [field.key] : [])));
  return {
    ...rest,
    fields: Object.fromEntries(Object.entries(fields).filter(([key]) => !secret.has(key) && !isSecret(key.split('.')))),
    extra: publicPart(extra, []),
  };
}

const isSecret = (path: readonly string[]): boolean => keyAt(['runners', ...path])?.secret === true;
const publicPart = (table: Readonly<Record<string, unknown>>, path: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(table)
      .filter(([name]) => !isSecret([...path, name]))
      .map(([name, value]) => [
        name,
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? publicPart(value as Record<string, unknown>, [...path, name])
          : value,
      ]),
  );

function restore(storage: Pick<Storage, 'getItem'> | undefined): Partial<Draft> | undefined {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(storageKey) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const usable = Object.fromEntries(
      Object.entries(kept).filter(([key, value]) => Object.hasOwn(emptyDraft, key) && fits(key as keyof Draft, value)),
    ) as Partial<Draft>;
    const step = steps.includes(usable.step as Step) ? (usable.step as Step) : 'server';
    return { ...usable, step: step === 'server' ? 'server' : 'token', restored: step !== 'server' };
  } catch {
    return undefined;
  }
}

/** What an older or a foreign page left must not break this one. */
const fits = (key: keyof Draft, value: unknown): boolean => {
  const model = emptyDraft[key];
  if (model === undefined) return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === typeof model && Array.isArray(value) === Array.isArray(model) && value !== null;
};

/** The first key that the executor needs and that is empty. */
export const fieldOfMissing = (draft: Draft): string | undefined =>
  fieldsOf(draft.executor).find(
    ({ key, required, standard }) => required && (draft.fields[key] ?? standard ?? '').trim() === '',
  )?.key;
