import { debuglog } from 'node:util';
import type { MysqlPool } from '../mysql/index.js';
import { expected } from './values.js';

/** How much of what a pool does is written out. */
export type EchoLevel = 'off' | 'info' | 'debug';

/** @throws SettingsError */
export function readEcho(path: string, value: unknown): EchoLevel {
  if (value === undefined || value === null || value === false) return 'off';
  if (value === true) return 'info';
  return value === 'debug' ? 'debug' : expected(path, 'true, false or "debug"', value);
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const because = (cause: unknown): string => (cause instanceof Error ? `: ${cause.message}` : '');

/**
 * Writes what the pool does to the console: `info` is the life of connections, `debug` also every loan. With
 * `NODE_DEBUG=mysqlpool` in the environment everything goes to stderr, whatever `echo` says.
 */
export function echo(pool: MysqlPool, level: EchoLevel): void {
  const debugging = debuglog('mysqlpool');
  if (debugging.enabled) {
    writeInfo(pool, (line) => debugging('%s', line));
    writeDebug(pool, (line) => debugging('%s', line));
  } else {
    if (level !== 'off') writeInfo(pool, (line) => console.info(line));
    if (level === 'debug') writeDebug(pool, (line) => console.debug(line));
  }
}

type Write = (line: string) => void;

function writeInfo(pool: MysqlPool, write: Write): void {
  const say = (text: string): void => write(`mysqlpool ${pool.name}: ${text}`);
  pool.on('opened', ({ connection, took }) => say(`connection ${connection} opened in ${ms(took)}`));
  pool.on('openFailed', ({ error, retryIn }) =>
    say(`could not connect, next attempt in ${ms(retryIn)}${because(error)}`),
  );
  pool.on('closed', ({ connection, reason, cause }) =>
    say(`connection ${connection} closed (${reason})${because(cause)}`),
  );
  pool.on('evicted', ({ cause }) => say(`every connection is to be replaced${because(cause)}`));
  pool.on('acquireFailed', ({ waited, error }) => say(`a caller got none after ${ms(waited)}${because(error)}`));
  pool.on('poolClosed', () => say('closed'));
}

function writeDebug(pool: MysqlPool, write: Write): void {
  const say = (text: string): void => write(`mysqlpool ${pool.name}: ${text}`);
  pool.on('acquired', ({ connection, loan, waited }) =>
    say(`connection ${connection} lent (loan ${loan}, waited ${ms(waited)})`),
  );
  pool.on('released', ({ connection, loan, held }) =>
    say(`connection ${connection} came back (loan ${loan}, held ${ms(held)})`),
  );
  pool.on('cleaned', ({ connection, took }) => say(`connection ${connection} cleaned in ${ms(took)}`));
  pool.on('waiting', ({ waiters }) => say(`${waiters} in line`));
}
