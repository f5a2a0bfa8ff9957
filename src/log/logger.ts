import { Console } from 'node:console';
import { onOneLine } from './one-line.js';

/** How much a line matters: `debug` is every loan, `info` the life of connections, `error` what needs a person. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says, for a program to read. */
export type LogFields = Readonly<Record<string, unknown>>;

type Write = (fields: LogFields, text: string) => unknown;

/**
 * What lines are given to, as pino and those made after it have it: the fields first, then the text. With
 * `isLevelEnabled`, what it does not want is not even put together. What it throws, or rejects with, disturbs nobody.
 * @since 0.1.0
 */
export interface StructuredLogger extends Readonly<Record<LogLevel, Write>> {
  isLevelEnabled?(level: string): boolean;
}

/** A logger as pino's, or `console`, which gets the text alone. @since 0.1.0 */
export type Logger = StructuredLogger | Console;

/** Where lines end. */
export interface Sink {
  wants(level: LogLevel): boolean;
  write(level: LogLevel, fields: LogFields, text: string): unknown;
}

/** What is wrong with a logger; undefined when nothing is. */
export function faultOfLogger(value: unknown): string | undefined {
  const known = typeof value === 'object' && value !== null;
  const missing = known ? LOG_LEVELS.filter((level) => typeof Reflect.get(value, level) !== 'function') : [];
  if (known && missing.length === 0) return undefined;
  const got = known ? `an object without ${missing.join(', ')}` : value === null ? 'null' : typeof value;
  return `expected console, or an object with the functions ${LOG_LEVELS.join(', ')}, such as a logger of pino, got ${got}`;
}

export function sinkOf(logger: Logger): Sink {
  if (logger instanceof Console) return consoleSink(logger, 'debug');
  return {
    wants: (level) => logger.isLevelEnabled?.(level) !== false,
    write: (level, fields, text) => logger[level](fields, text),
  };
}

/** Lines for people to read, from `least` on. */
export function consoleSink(target: Pick<Console, LogLevel>, least: LogLevel): Sink {
  return {
    wants: (level) => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least),
    write: (level, fields, text) => target[level](lineOf(fields, text)),
  };
}

export const lineOf = (fields: LogFields, text: string): string =>
  `mysqlpool ${onOneLine(String(fields['pool']))}: ${text}`;
