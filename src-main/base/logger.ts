export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'fatal';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The application's own log (not a job's). Values must hold no secrets; tokens are shortened before they come here. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with these fields on every line. */
  with(fields: LogFields): Logger;
}

/** Builds the convenience methods over one `write`. */
export const createLogger = (
  write: (level: LogLevel, message: string, fields: LogFields) => void,
  base: LogFields = {},
): Logger => {
  const log: Logger['log'] = (level, message, fields) => write(level, message, fields ? { ...base, ...fields } : base);
  return {
    log,
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warning', message, fields),
    error: (message, fields) => log('error', message, fields),
    with: (fields) => createLogger(write, { ...base, ...fields }),
  };
};

export const silentLogger: Logger = createLogger(() => {});
