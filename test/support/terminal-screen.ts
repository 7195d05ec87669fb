import type { HarrierApp } from '../../src-main/app/types.ts';

export interface Screen {
  readonly id: string;
  /** All that it has printed. */
  readonly text: string;
  type(text: string): Promise<void>;
  /** Settles when this has been printed. */
  shows(text: string | RegExp): Promise<void>;
  /** Settles when the terminal has ended; answers why. */
  ended(): Promise<string | undefined>;
}

/** A person before a terminal of an app: reads what is printed, as a window does. */
export async function openScreen(app: HarrierApp, job: string, size = { columns: 80, rows: 24 }): Promise<Screen> {
  let text = '';
  let at = 0;
  let reading: Promise<void> = Promise.resolve();
  const waiting = new Set<() => void>();
  const { terminal: id } = await app.handlers['terminal.open']({ job, ...size });
  const look = (): void => {
    for (const each of waiting) each();
  };
  const read = async (): Promise<void> => {
    for (;;) {
      const answer = await app.handlers['terminal.read']({ terminal: id, start: at }).catch(() => undefined);
      if (answer === undefined || answer.data === '') return look();
      const data = Buffer.from(answer.data, 'base64');
      at = answer.start + data.length;
      text += data.toString();
      look();
    }
  };
  const more = (): void => {
    reading = reading.then(read);
  };
  app.subscribe((name, payload) => {
    if (name === 'terminal.grown' && 'terminal' in payload && payload.terminal === id) more();
    else if (name === 'state.patch') look();
  });
  more();
  const until = (check: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const each = (): void => {
        if (!check()) return;
        waiting.delete(each);
        resolve();
      };
      waiting.add(each);
      each();
    });
  const view = () => app.snapshot().terminals.find((each) => each.id === id);
  return {
    id,
    get text() {
      return text;
    },
    type: async (typed) => void (await app.handlers['terminal.write']({ terminal: id, data: typed })),
    shows: (wanted) => until(() => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))),
    async ended() {
      await until(() => view() === undefined || view()?.endedMs !== undefined);
      return view()?.ended;
    },
  };
}
