import type { Client } from '../../src-shared/ipc.ts';

/** As much of xterm as is fed here. */
export interface FedScreen {
  /** `done` when it is drawn: only then more is fetched. */
  write(data: Uint8Array, done: () => void): void;
}
export interface Feed {
  /** What a person typed or pasted, in order and in pieces that the contract takes. */
  type(text: string): void;
  stop(): void;
}

const longestPiece = 8192;

/** Keeps a screen up to date with a terminal of the engine, from its oldest output on, over lost connections. */
export function feedScreen({
  client,
  terminal,
  screen,
  onGone,
}: {
  readonly client: Client;
  readonly terminal: string;
  readonly screen: FedScreen;
  /** The engine does not know the terminal any more. */
  readonly onGone: () => void;
}): Feed {
  let at = 0;
  let reading = false;
  let again = false;
  let stopped = false;
  /** Old output asks the screen old questions; the answers must not be typed into the shell once more. */
  let replaying = true;
  let waiting = '';
  let sending = false;

  const read = async (): Promise<void> => {
    const { start, data, size } = await client.call('terminal.read', { terminal, start: at });
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    if (bytes.length > 0 && !stopped) await new Promise<void>((done) => screen.write(bytes, done));
    at = start + bytes.length;
    if (at < size) again = true;
    else replaying = false;
  };
  const more = async (): Promise<void> => {
    again = true;
    if (reading) return;
    reading = true;
    try {
      while (again && !stopped) {
        again = false;
        await read();
      }
    } catch (error) {
      // A lost connection comes back and asks again.
      if (error instanceof Error && 'code' in error && error.code === 'TERMINAL_GONE') onGone();
    } finally {
      reading = false;
    }
  };
  const send = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    try {
      while (waiting !== '') {
        const piece = pieceOf(waiting);
        waiting = waiting.slice(piece.length);
        await client.call('terminal.write', { terminal, data: piece });
      }
    } catch {
      // Ended or lost: what was typed has nowhere to go, and the window says so.
      waiting = '';
    } finally {
      sending = false;
    }
  };
  const ends = [
    client.on('terminal.grown', (grown) => {
      if (grown.terminal === terminal) void more();
    }),
    client.onConnection((connected) => {
      if (connected) void more();
    }),
  ];
  void more();
  return {
    type(text) {
      if (replaying) return;
      waiting += text;
      void send();
    },
    stop() {
      stopped = true;
      for (const end of ends) end();
    },
  };
}

/** Two halves of one character stay together. */
const pieceOf = (text: string): string => {
  const last = text.charCodeAt(longestPiece - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? longestPiece - 1 : longestPiece);
};
