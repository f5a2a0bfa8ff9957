import { attach, consoleSink, isDebugging } from '../log/index.js';
import type { MysqlPool } from '../api/index.js';
import { expected } from './values.js';

/** How much of what a pool does is written out. */
export type EchoLevel = 'off' | 'info' | 'debug';

/** @throws SettingsError */
export function readEcho(path: string, value: unknown): EchoLevel {
  if (value === undefined || value === null || value === false) return 'off';
  if (value === true) return 'info';
  return value === 'debug' ? 'debug' : expected(path, 'true, false or "debug"', value);
}

/**
 * Writes what the pool does to the console: `info` is the life of connections and all that is worth a warning, `debug`
 * also every loan. With `NODE_DEBUG=mysqlpool` everything goes to stderr already, and nothing to the console.
 */
export function echo(pool: MysqlPool, level: EchoLevel): void {
  if (level !== 'off' && !isDebugging()) attach(pool, consoleSink(console, level));
}
