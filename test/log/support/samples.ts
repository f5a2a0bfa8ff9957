import { AcquireTimeoutError, ConnectError, hooksOfErrors, PoolClosedError } from 'node-mysqlpool/pool';
import type { PoolEventName, PoolEvents, PoolStats } from 'node-mysqlpool/pool';
import type { LogLevel } from '#internal/log/index.js';

/** An event, and the log line that is written for it. */
export interface Sample<K extends PoolEventName = PoolEventName> {
  readonly told: PoolEvents[K];
  readonly level: LogLevel;
  readonly text: string;
}

const stats: PoolStats = {
  name: 'shop', state: 'open', size: 10, maxSize: 10, idle: 0, inUse: 10, connecting: 0, closing: 0, waiters: 3,
  longestWait: 500, oldestLoan: 12_400, total: { acquired: 0, waited: 0, failed: 0, opened: 0, closed: 0 },
} as unknown as PoolStats; // prettier-ignore

const timeout = new AcquireTimeoutError({ stats, phase: 'waiting', oldest: [], cause: undefined }, 500);
const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:3306'), { code: 'ECONNREFUSED' });
const denied = Object.assign(new Error("Access denied for user 'ann'@'localhost' (using password: YES)"), {
  code: 'ER_ACCESS_DENIED_ERROR',
});
const readOnly = Object.assign(new Error('The server is read-only: INSERT INTO t VALUES (7)'), {
  code: 'ER_OPTION_PREVENTS_STATEMENT',
  sql: "INSERT INTO t VALUES ('secret')",
});
const sealed = new Error('the vault is sealed');
hooksOfErrors.set(sealed, 'onConnect');
const lost = new Error('Connection lost: The server closed the connection.');

const loan = { loan: 7, connection: 3 };
const leak = { ...loan, held: 30_000, takenAt: '    at report (/app/report.js:12:3)' };

/** Samples of every kind of log line, in each of its forms. */
export const SAMPLES: { readonly [K in PoolEventName]: readonly Sample<K>[] } = {
  poolOpened: [{ told: {}, level: 'info', text: 'open' }],
  opening: [{ told: { connection: 3 }, level: 'debug', text: 'connection 3 is being opened' }],
  opened: [
    { told: { connection: 3, took: 12.34 }, level: 'info', text: 'connection 3 opened in 12.3 ms' },
    { told: { connection: 3, took: 1_000 }, level: 'warn', text: 'connection 3 opened in 1000.0 ms' },
  ],
  openFailed: [
    {
      told: { connection: 3, took: 2, kind: 'transient', retryIn: 100, error: refused },
      level: 'warn',
      text: 'could not connect within 2.0 ms, next attempt in 100.0 ms: connect ECONNREFUSED 127.0.0.1:3306',
    },
    {
      told: { connection: 3, took: 2, kind: 'transient', retryIn: 100, error: sealed, hook: 'onConnect' },
      level: 'warn',
      text: "could not connect within 2.0 ms, next attempt in 100.0 ms: in the application's onConnect: the vault is sealed",
    },
    {
      told: { connection: 3, took: 2, kind: 'full', retryIn: 100, error: new Error('Too many connections') },
      level: 'warn',
      text: 'the server has no room, callers wait for it: Too many connections',
    },
  ],
  acquired: [
    {
      told: { ...loan, waited: 0, label: undefined },
      level: 'debug',
      text: 'connection 3 lent (loan 7, waited 0.0 ms)',
    },
    {
      told: { ...loan, waited: 0, label: 'upload (typeorm)' },
      level: 'debug',
      text: 'connection 3 lent to upload (typeorm) (loan 7, waited 0.0 ms)',
    },
    {
      told: { ...loan, waited: 1_500, label: undefined },
      level: 'warn',
      text: 'connection 3 lent (loan 7, waited 1500.0 ms)',
    },
  ],
  waiting: [
    { told: { waiters: 3, label: undefined }, level: 'debug', text: '3 in line' },
    { told: { waiters: 3, label: 'upload' }, level: 'debug', text: '3 in line, last upload' },
  ],
  acquireFailed: [
    {
      told: { waited: 500, error: timeout, label: undefined },
      level: 'warn',
      text:
        'a caller got none after 500.0 ms: shop: no connection within 500 ms (waiting; size 10/10, idle 0, in use 10, ' +
        'connecting 0, waiters 3; oldest loan 12.4 s)',
    },
    {
      told: { waited: 3, error: new ConnectError('shop', denied), label: 'upload' },
      level: 'error',
      text:
        'upload got none after 3.0 ms: shop: cannot connect, and trying again will not help: ' +
        "Access denied for user 'ann'@'localhost' (using password: YES)",
    },
    {
      told: { waited: 3, error: new PoolClosedError('shop'), label: undefined },
      level: 'warn',
      text: 'a caller got none after 3.0 ms: shop: the pool is closed',
    },
    {
      told: { waited: 3, error: new DOMException('This operation was aborted', 'AbortError'), label: undefined },
      level: 'debug',
      text: 'a caller got none after 3.0 ms: This operation was aborted',
    },
    {
      told: { waited: 3, error: new DOMException('The operation timed out', 'TimeoutError'), label: undefined },
      level: 'warn',
      text: 'a caller got none after 3.0 ms: The operation timed out',
    },
  ],
  released: [
    {
      told: { ...loan, held: 12, label: undefined },
      level: 'debug',
      text: 'connection 3 came back (loan 7, held 12.0 ms)',
    },
    {
      told: { ...loan, held: 12, label: 'upload' },
      level: 'debug',
      text: 'connection 3 came back from upload (loan 7, held 12.0 ms)',
    },
  ],
  cleaned: [
    {
      told: { connection: 3, took: 0.44, kind: 'rollback' },
      level: 'debug',
      text: 'connection 3 cleaned in 0.4 ms (rollback)',
    },
    {
      told: { connection: 3, took: 2_000, kind: 'reset' },
      level: 'warn',
      text: 'connection 3 cleaned in 2000.0 ms (reset)',
    },
  ],
  closed: [
    { told: { connection: 3, reason: 'idle' }, level: 'info', text: 'connection 3 closed (idle)' },
    {
      told: { connection: 3, reason: 'dead', cause: lost },
      level: 'warn',
      text: 'connection 3 closed (dead): Connection lost: The server closed the connection.',
    },
    { told: { connection: 3, reason: 'leaked' }, level: 'warn', text: 'connection 3 closed (leaked)' },
  ],
  evicted: [
    { told: { generation: 2 }, level: 'info', text: 'every connection is to be replaced' },
    {
      told: { generation: 2, cause: readOnly },
      level: 'warn',
      text: 'every connection is to be replaced: ER_OPTION_PREVENTS_STATEMENT',
    },
  ],
  resized: [{ told: { maxSize: 20 }, level: 'info', text: '20 connections at most from now on' }],
  suspended: [{ told: {}, level: 'info', text: 'suspended, callers wait' }],
  resumed: [{ told: {}, level: 'info', text: 'resumed' }],
  leakSuspected: [
    {
      told: { ...leak, label: undefined, callSite: undefined, recent: [] },
      level: 'warn',
      text: 'connection 3 is out for 30000.0 ms (loan 7)',
    },
    {
      told: { ...leak, label: 'upload', callSite: 'report (/app/report.js:12:3)', recent: ['SELECT ?', 'SET NAMES ?'] },
      level: 'warn',
      text: 'connection 3 is out for 30000.0 ms (loan 7), taken by upload at report (/app/report.js:12:3); last: SELECT ?',
    },
  ],
  leakEnded: [
    {
      told: { ...loan, held: 45_000, label: undefined, callSite: undefined, reclaimed: false },
      level: 'info',
      text: 'connection 3 came back after all (loan 7, held 45000.0 ms)',
    },
    {
      told: { ...loan, held: 45_000, label: 'upload', callSite: 'report (/app/report.js:12:3)', reclaimed: true },
      level: 'warn',
      text: 'connection 3 was never given back by upload (loan 7, held 45000.0 ms), taken at report (/app/report.js:12:3)',
    },
  ],
  poolDraining: [
    { told: {}, level: 'info', text: 'draining: it closes once nobody has a connection and nobody waits' },
  ],
  poolClosing: [{ told: {}, level: 'info', text: 'closing' }],
  poolClosed: [{ told: {}, level: 'info', text: 'closed' }],
};
