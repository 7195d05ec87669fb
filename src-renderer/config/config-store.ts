import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CallOutput, Client, ConfigCheckView, ConfigFile } from '../../src-shared/ipc.ts';
import { type Trouble, troubleOf } from '../app/wire-failure.ts';
import { mergeTexts } from './merge-texts.ts';

/** A file that was changed on disk while it was edited here. */
export interface Conflict {
  readonly base: string;
  readonly mine: string;
  readonly file: ConfigFile;
}
export type SaveResult = Extract<CallOutput<'config.save'>, { state: 'saved' }>;

export interface ConfigSlice {
  /** The file as it is on disk; absent until it was read. */
  readonly file: ConfigFile | undefined;
  /** The text that is edited. The editor holds it as well, with its history; the two are always the same. */
  readonly text: string;
  readonly checked: ConfigCheckView;
  readonly saving: boolean;
  readonly trouble: Trouble | undefined;
  readonly conflict: Conflict | undefined;
  readonly reviewing: boolean;
  readonly result: SaveResult | undefined;
  load(): Promise<void>;
  /** A person changed the text, in the form or in the editor. */
  setText(text: string): void;
  /** The engine says that the file is another one. */
  onRevision(revision: string): Promise<void>;
  save(): Promise<void>;
  discard(): Promise<void>;
  review(open: boolean): void;
  /** Goes on with a text that was made of both; it is based on what is on disk. */
  settle(text: string): void;
  closeResult(): void;
  /** Sends what waits to be sent: the window goes away. */
  flush(): void;
}
export type ConfigStore = StoreApi<ConfigSlice>;

const nothing: ConfigCheckView = { findings: [], runners: [] };
/** How long a person rests before the text is checked. */
const checkAfterMs = 120;

/** config.toml in this window. The draft is kept by the engine, so that it outlives the page; it holds no secrets here. */
export function createConfigStore(client: Client): ConfigStore {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return createStore<ConfigSlice>()((set, get) => {
    const check = (): void => {
      clearTimeout(timer);
      timer = undefined;
      const { file, text } = get();
      if (file === undefined) return;
      void client.call('config.check', { text, revision: file.revision }).then(
        (checked) => {
          if (get().text === text) set({ checked });
        },
        (error: unknown) => set({ trouble: troubleOf(error) }),
      );
    };
    const later = (): void => {
      clearTimeout(timer);
      timer = setTimeout(check, checkAfterMs);
    };
    const adopt = (file: ConfigFile): void =>
      set({ file, text: file.text, checked: file, conflict: undefined, reviewing: false, trouble: undefined });
    /** The file on disk is another one than the text began with. */
    const meet = (base: string, mine: string, file: ConfigFile, reviewing: boolean): void => {
      if (mine === base || mine === file.text) adopt(file);
      else set({ conflict: { base, mine, file }, reviewing, text: mine });
    };
    return {
      file: undefined,
      text: '',
      checked: nothing,
      saving: false,
      trouble: undefined,
      conflict: undefined,
      reviewing: false,
      result: undefined,
      async load() {
        try {
          const file = await client.call('config.read', {});
          const { draft } = file;
          adopt(file);
          if (draft === undefined) return;
          if (draft.revision === file.revision) set({ text: draft.text });
          else meet(draft.base, draft.text, file, false);
          check();
        } catch (error) {
          set({ trouble: troubleOf(error) });
        }
      },
      setText(text) {
        if (text === get().text) return;
        set({ text, result: undefined, trouble: undefined });
        later();
      },
      async onRevision(revision) {
        const { file, saving, conflict } = get();
        if (file === undefined || saving || (conflict?.file ?? file).revision === revision) return;
        try {
          const now = await client.call('config.read', {});
          const { file: before, text, conflict: open, reviewing, saving: began } = get();
          if (before === undefined || began || now.revision === before.revision) return;
          meet(open?.base ?? before.text, text, now, reviewing);
        } catch (error) {
          set({ trouble: troubleOf(error) });
        }
      },
      async save() {
        const { file, text, saving, conflict } = get();
        if (file === undefined || saving || text === file.text) return;
        if (conflict !== undefined) return set({ reviewing: true });
        clearTimeout(timer);
        set({ saving: true, trouble: undefined });
        try {
          const answer = await client.call('config.save', { text, revision: file.revision });
          if (answer.state === 'conflict') meet(file.text, get().text, answer.file, true);
          else {
            const typed = get().text;
            adopt(answer.file);
            set({ result: answer });
            // What was typed while the answer was on its way is not lost.
            if (typed !== text) get().setText(mergeTexts(text, typed, answer.file.text).text);
          }
        } catch (error) {
          set({ trouble: troubleOf(error) });
        } finally {
          set({ saving: false });
        }
      },
      async discard() {
        const { file, conflict } = get();
        clearTimeout(timer);
        if (file !== undefined) adopt(conflict?.file ?? file);
        check();
        await client.call('config.discard', {}).catch((error: unknown) => set({ trouble: troubleOf(error) }));
      },
      review: (reviewing) => set({ reviewing }),
      settle(text) {
        const { conflict } = get();
        if (conflict === undefined) return;
        set({ file: conflict.file, text, conflict: undefined, reviewing: false });
        check();
      },
      closeResult: () => set({ result: undefined }),
      flush() {
        if (timer !== undefined) check();
      },
    };
  });
}

export const isChanged = ({ file, text }: Pick<ConfigSlice, 'file' | 'text'>): boolean =>
  file !== undefined && text !== file.text;
