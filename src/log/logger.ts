import { Console } from 'node:console';
import { shown } from '../pool/index.js';
import { onOneLine } from './one-line.js';

/**
 * The levels of log lines: `debug` is for single loans, `info` for the life of connections, `warn` for what may be a
 * problem, `error` for what needs a person.
 */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The data of a log line, for programs to read. */
export type LogFields = Readonly<Record<string, unknown>>;

type Write = (fields: LogFields, text: string) => unknown;

/**
 * A structured logger with the method signatures of pino: first the fields, then the text. If it has `isLevelEnabled`,
 * lines of a disabled level are not even composed. If a method throws or rejects, neither the pool nor its callers are
 * affected: the first failure becomes a process warning.
 * @since 0.1.0
 */
export interface StructuredLogger extends Readonly<Record<LogLevel, Write>> {
  isLevelEnabled?(level: string): boolean;
}

/** A logger such as pino's, or `console`, which gets only the text. @since 0.1.0 */
export type Logger = StructuredLogger | Console;

/** Where log lines are written. */
export interface Sink {
  wants(level: LogLevel): boolean;
  write(level: LogLevel, fields: LogFields, text: string): unknown;
}

/** Says what is wrong with a logger; undefined if nothing is. */
export function faultOfLogger(value: unknown): string | undefined {
  const known = typeof value === 'object' && value !== null;
  const missing = known ? LOG_LEVELS.filter((level) => typeof Reflect.get(value, level) !== 'function') : [];
  if (known && missing.length === 0) return undefined;
  const got = known ? `an object without ${missing.join(', ')}` : shown(value);
  return `expected console, or an object with the functions ${LOG_LEVELS.join(', ')}, such as a logger of pino, got ${got}`;
}

export function sinkOf(logger: Logger): Sink {
  if (logger instanceof Console) return consoleSink(logger, 'debug');
  return {
    wants: (level) => logger.isLevelEnabled?.(level) !== false,
    write: (level, fields, text) => logger[level](fields, text),
  };
}

/** Writes lines for people to read, of the level `least` and above. */
export function consoleSink(target: Pick<Console, LogLevel>, least: LogLevel): Sink {
  return {
    wants: (level) => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least),
    write: (level, fields, text) => target[level](lineOf(fields, text)),
  };
}

export const lineOf = (fields: LogFields, text: string): string =>
  `mysqlpool ${onOneLine(String(fields['pool']))}: ${text}`;
