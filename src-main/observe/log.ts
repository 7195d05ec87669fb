import { createLogger, type LogFields, type Logger, type LogLevel } from '../base/logger.ts';

const order: readonly LogLevel[] = ['debug', 'info', 'warning', 'error', 'fatal'];
const colours: Readonly<Record<LogLevel, string>> = {
  debug: '\x1b[37;1m',
  info: '',
  warning: '\x1b[0;33m',
  error: '\x1b[31;1m',
  fatal: '\x1b[31;1m',
};
const labels: Readonly<Record<LogLevel, string>> = {
  debug: '',
  info: '',
  warning: 'WARNING: ',
  error: 'ERROR: ',
  fatal: 'FATAL: ',
};

export interface AppLog extends Logger {
  setLevel(level: string): void;
  setFormat(format: string): void;
}

/** The application's own log on stderr, in the official formats `runner`, `text` and `json` (spec/operations.md 7). */
export function createAppLog(options: {
  readonly level?: string | undefined;
  readonly format?: string | undefined;
  readonly write: (text: string) => void;
  readonly nowMs: () => number;
  readonly colour: boolean;
}): AppLog {
  let lowest = levelOf(options.level) ?? 1;
  let format = options.format ?? 'runner';
  const log = createLogger((level, message, fields) => {
    if (order.indexOf(level) < lowest) return;
    options.write(`${render(format, level, message, fields, options)}\n`);
  });
  return Object.assign(log, {
    setLevel: (level: string) => {
      lowest = levelOf(level) ?? lowest;
    },
    setFormat: (next: string) => {
      format = next;
    },
  });
}

/** Position in `order`; undefined for a name that no one knows. */
export const levelOf = (level: string | undefined): number | undefined => {
  const name = { warn: 'warning', panic: 'fatal', trace: 'debug' }[level ?? ''] ?? level;
  const found = order.indexOf(name as LogLevel);
  return found === -1 ? undefined : found;
};

function render(
  format: string,
  level: LogLevel,
  message: string,
  fields: LogFields,
  { nowMs, colour }: { readonly nowMs: () => number; readonly colour: boolean },
): string {
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => a.localeCompare(b));
  if (format === 'json')
    return JSON.stringify({
      ...Object.fromEntries(entries),
      level,
      msg: message,
      time: new Date(nowMs()).toISOString(),
    });
  if (format === 'text') {
    const shown = [['time', new Date(nowMs()).toISOString()], ['level', level], ['msg', message], ...entries];
    return shown.map(([key, value]) => `${key}=${quoted(String(value))}`).join(' ');
  }
  const [on, off] = colour ? [colours[level], '\x1b[0;m'] : ['', ''];
  const head = `${on}${labels[level]}${message.padEnd(50 - labels[level].length)}${off}`;
  return [head, ...entries.map(([key, value]) => `${on}${key}${off}=${value}`)].join(' ').trimEnd();
}

const quoted = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text));
