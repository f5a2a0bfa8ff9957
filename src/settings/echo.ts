import { attach, consoleSink, isDebugging } from '../log/index.js';
import type { MysqlPool } from '../api/index.js';
import { expected } from './values.js';

/** How much of its activity a pool logs to the console. */
export type EchoLevel = 'off' | 'info' | 'debug';

/** @throws SettingsError */
export function readEcho(path: string, value: unknown): EchoLevel {
  if (value === undefined || value === null || value === false) return 'off';
  if (value === true) return 'info';
  return value === 'debug' ? 'debug' : expected(path, 'true, false or "debug"', value);
}

/**
 * Logs what the pool does to the console: `info` covers opening and closing of connections and everything worth a
 * warning, `debug` adds every loan. With `NODE_DEBUG=mysqlpool` all of it already goes to stderr, so nothing is logged
 * to the console.
 */
export function echo(pool: MysqlPool, level: EchoLevel): void {
  if (level !== 'off' && !isDebugging()) attach(pool, consoleSink(console, level));
}
