import { randomBytes } from 'node:crypto';
import { HarrierError } from '../../src-shared/errors.ts';
import type { TerminalView } from '../../src-shared/ipc.ts';
import type { Clock } from '../base/clock.ts';
import type { Terminal, TerminalOptions } from '../base/terminal.ts';
import { createScrollback, type Scrollback } from './scrollback.ts';

/** What a window that comes back finds of a terminal. */
const keepBytes = 1024 * 1024;
/** A program waits when this much is unread, and goes on when less than half of it is (S13). */
const mostUnreadBytes = 512 * 1024;
const longestRead = 256 * 1024;
/** A burst of output is told once; shorter than a frame. */
const tellEveryMs = 5;
const mostTerminals = 16;

export interface OpenRequest {
  /** Key of the job whose place it is. */
  readonly job: string;
  readonly name: string;
  readonly size: TerminalOptions;
  readonly open: (size: TerminalOptions) => Promise<Terminal>;
  /** Why the place is gone (`job`, `kept`); undefined while it is there: then the shell ended by itself. */
  readonly gone: () => Exclude<TerminalView['ended'], 'shell'>;
}

/** The terminals of the windows: any window may look into each and type. They outlive a window that is reloaded. */
export interface Terminals {
  readonly views: readonly TerminalView[];
  open(request: OpenRequest): Promise<string>;
  read(id: string, start: number): { start: number; size: number; data: string; ended: boolean };
  write(id: string, data: string): void;
  resize(id: string, size: TerminalOptions): void;
  /** Hangs up and forgets it. */
  close(id: string): void;
  closeAll(): void;
}

interface Entry {
  view: TerminalView;
  readonly terminal: Terminal;
  readonly output: Scrollback;
  /** How far the window that has read most is. */
  readTo: number;
  paused: boolean;
  telling: boolean;
}

export function createTerminals(deps: {
  readonly clock: Clock;
  readonly onChange: () => void;
  /** There is output behind what was told last. */
  readonly onGrow: (id: string, size: number) => void;
}): Terminals {
  const entries = new Map<string, Entry>();
  let opening = 0;
  const find = (id: string): Entry => {
    const entry = entries.get(id);
    if (entry === undefined) throw new HarrierError('TERMINAL_GONE', 'this terminal is closed');
    return entry;
  };
  const alive = (id: string): Entry => {
    const entry = find(id);
    if (entry.view.ended !== undefined) throw new HarrierError('TERMINAL_GONE', 'this terminal has ended');
    return entry;
  };
  const tell = (id: string, entry: Entry): void => {
    if (entry.telling) return;
    entry.telling = true;
    deps.clock.after(
      tellEveryMs,
      () => {
        entry.telling = false;
        deps.onGrow(id, entry.output.size);
      },
      { unref: true },
    );
  };
  const take = (id: string, entry: Entry, chunk: Uint8Array): void => {
    entry.output.append(chunk);
    if (!entry.paused && entry.output.size - entry.readTo > mostUnreadBytes) {
      entry.paused = true;
      entry.terminal.pause();
    }
    tell(id, entry);
  };

  return {
    get views() {
      return [...entries.values()].map(({ view }) => view);
    },
    async open({ job, name, size, open, gone }) {
      if ([...entries.values()].filter(({ view }) => view.ended === undefined).length + opening >= mostTerminals)
        throw new HarrierError('TERMINAL_LIMIT', `${mostTerminals} terminals are open`);
      opening += 1;
      const terminal = await open(size).finally(() => {
        opening -= 1;
      });
      const id = randomBytes(9).toString('base64url');
      const entry: Entry = {
        view: { id, job, name, openedMs: deps.clock.now() },
        terminal,
        output: createScrollback(keepBytes),
        readTo: 0,
        paused: false,
        telling: false,
      };
      entries.set(id, entry);
      terminal.onData((chunk) => take(id, entry, chunk));
      terminal.onExit(() => {
        entry.view = { ...entry.view, ended: gone() ?? 'shell', endedMs: deps.clock.now() };
        deps.onChange();
        tell(id, entry);
      });
      deps.onChange();
      return id;
    },
    read(id, from) {
      const entry = find(id);
      const { start, data } = entry.output.read(from, longestRead);
      entry.readTo = Math.max(entry.readTo, start + data.length);
      if (entry.paused && entry.output.size - entry.readTo < mostUnreadBytes / 2) {
        entry.paused = false;
        entry.terminal.resume();
      }
      const { size } = entry.output;
      return { start, size, data: data.toString('base64'), ended: entry.view.ended !== undefined };
    },
    write: (id, data) => alive(id).terminal.write(data),
    resize: (id, { columns, rows }) => alive(id).terminal.resize(columns, rows),
    close(id) {
      const entry = find(id);
      entries.delete(id);
      // What waits to be read holds its program back from hearing of the end.
      entry.terminal.resume();
      entry.terminal.close();
      deps.onChange();
    },
    closeAll() {
      for (const { terminal } of entries.values()) {
        terminal.resume();
        terminal.close();
      }
      entries.clear();
    },
  };
}
