import { expect, it, vi } from 'vitest';
import type { CallName, Client, ConfigFile } from '../../src-shared/ipc.ts';
import { WireFailure } from '../app/wire-failure.ts';
import { createConfigStore, isChanged } from './config-store.ts';

const fileOf = (text: string, revision: string, draft?: ConfigFile['draft']): ConfigFile => ({
  path: '/config.toml',
  exists: true,
  text,
  revision,
  findings: [],
  runners: [],
  ...(draft ? { draft } : {}),
});

/** A client whose answers the test gives, one by one. */
function createPuppet() {
  const waiting: {
    name: CallName;
    input: unknown;
    resolve: (value: unknown) => void;
    reject: (error: Error) => void;
  }[] = [];
  const client = {
    call: (name: CallName, input: unknown) =>
      new Promise((resolve, reject) => waiting.push({ name, input, resolve, reject })),
    on: () => () => {},
    onConnection: () => () => {},
  } as unknown as Client;
  const take = async (name: CallName) => {
    await vi.waitUntil(() => waiting.some((call) => call.name === name));
    return waiting.splice(
      waiting.findIndex((call) => call.name === name),
      1,
    )[0] as (typeof waiting)[number];
  };
  return {
    client,
    take,
    async answer(name: CallName, value: unknown) {
      const call = await take(name);
      call.resolve(value);
      await Promise.resolve();
      await new Promise((done) => setImmediate(done));
      return call.input;
    },
  };
}

async function opened(file: ConfigFile) {
  const puppet = createPuppet();
  const store = createConfigStore(puppet.client);
  void store.getState().load();
  await puppet.answer('config.read', file);
  return { ...puppet, store };
}

it('a draft of the same file goes on; one of an older file meets it', async () => {
  const same = await opened(fileOf('a\n', '1', { text: 'a\nmine\n', base: 'a\n', revision: '1' }));
  expect(same.store.getState()).toMatchObject({ text: 'a\nmine\n', conflict: undefined });
  const older = await opened(fileOf('b\n', '2', { text: 'a\nmine\n', base: 'a\n', revision: '1' }));
  expect(older.store.getState()).toMatchObject({ text: 'a\nmine\n', conflict: { base: 'a\n', file: { text: 'b\n' } } });
  older.store.getState().settle('b\nmine\n');
  expect(older.store.getState()).toMatchObject({ file: { revision: '2' }, text: 'b\nmine\n', conflict: undefined });
});

it('a file that changed is taken over while nothing was changed here, and kept apart otherwise', async () => {
  const { store, answer } = await opened(fileOf('a\n', '1'));
  void store.getState().onRevision('2');
  await answer('config.read', fileOf('b\n', '2'));
  expect(store.getState()).toMatchObject({ text: 'b\n', conflict: undefined });
  store.getState().setText('b\nmine\n');
  void store.getState().onRevision('3');
  await answer('config.read', fileOf('c\n', '3'));
  expect(store.getState()).toMatchObject({ text: 'b\nmine\n', conflict: { mine: 'b\nmine\n', base: 'b\n' } });
});

it('what is typed while a save is on its way is not lost, and stays unsaved', async () => {
  const { store, answer } = await opened(fileOf('a\n', '1'));
  store.getState().setText('a = 1\n');
  const saving = store.getState().save();
  store.getState().setText('a = 1\nb = 2\n');
  await answer('config.save', { state: 'saved', file: fileOf('a = 1\n', '2'), effects: [], failed: [] });
  await saving;
  expect(store.getState()).toMatchObject({ text: 'a = 1\nb = 2\n', file: { text: 'a = 1\n' }, saving: false });
  expect(isChanged(store.getState())).toBe(true);
  store.getState().flush();
});

it('our own save is no change by another program', async () => {
  const { store, answer, take } = await opened(fileOf('a\n', '1'));
  store.getState().setText('b\n');
  const saving = store.getState().save();
  await store.getState().onRevision('2');
  await answer('config.save', { state: 'saved', file: fileOf('b\n', '2'), effects: [], failed: [] });
  await saving;
  await store.getState().onRevision('2');
  expect(store.getState()).toMatchObject({ text: 'b\n', conflict: undefined });
  store.getState().setText('c\n');
  store.getState().flush();
  expect(await take('config.check')).toMatchObject({ input: { text: 'c\n', revision: '2' } });
});

it('a save that failed keeps the text and says why; an old answer of a check does not count', async () => {
  const { store, take, answer } = await opened(fileOf('a\n', '1'));
  store.getState().setText('b =\n');
  const saving = store.getState().save();
  (await take('config.save')).reject(new WireFailure({ code: 'CONFIG_INVALID', message: 'line 1' }));
  await saving;
  expect(store.getState()).toMatchObject({ text: 'b =\n', trouble: { code: 'CONFIG_INVALID' }, saving: false });
  store.getState().setText('b = 1\n');
  store.getState().flush();
  store.getState().setText('b = 2\n');
  await answer('config.check', { findings: [{ level: 'file', path: [], message: 'old' }], runners: [] });
  expect(store.getState().checked.findings).toEqual([]);
  store.getState().flush();
});
