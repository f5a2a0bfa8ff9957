/** The error packets that a client gets when its command could not be run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as errors from '#internal/gateway/errors.js';
import { errorFor, lostError } from '#internal/gateway/errors.js';
import { ServerError } from '#internal/gateway/own-answer.js';
import { ConnectError, Pool, PoolClosedError, PoolUnavailableError } from '#internal/pool/index.js';
import { WireError } from '#internal/wire/index.js';

/** Error number, SQLSTATE and message, as servers send them. */
const WORDS = {
  TOO_MANY: [1040, '08004', 'Too many connections'],
  NO_DATABASE: [1046, '3D000', 'No database selected'],
  SHUTDOWN: [1053, '08S01', 'Server shutdown in progress'],
  IDLE: [4031, 'HY000', 'The client was disconnected by the server because of inactivity.'],
  TOO_LARGE: [1153, '08S01', "Got a packet bigger than 'max_allowed_packet' bytes"],
  TOO_MANY_STATEMENTS: [
    1461,
    '42000',
    "Can't create more than max_prepared_stmt_count statements (current value: 16382)",
  ],
  OUT_OF_ORDER: [1156, '08S01', 'Got packets out of order'],
  INTERRUPTED: [1317, '70100', 'Query execution was interrupted'],
  KILLED: [1927, '70100', 'Connection was killed'],
} as const;

const DENIED = new ServerError({ errno: 1045, sqlState: '28000', message: "Access denied for user 'a'@'b'" });

/** A pool that never has a connection. */
const without = (options: object): Pool<object> =>
  new Pool<object>(
    {
      connector: {
        open: ({ signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
        ping: () => Promise.resolve(),
        clean: () => undefined,
        close: () => Promise.resolve(),
        destroy: () => undefined,
      },
    },
    { name: 'app@db:3306', connectTimeout: 50, ...options },
  );

const thrownBy = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('what a client is told', () => {
  it('has the numbers and words of servers', () => {
    const told = Object.entries(errors).filter(([, error]) => typeof error === 'object');
    assert.deepEqual(
      Object.fromEntries(told),
      Object.fromEntries(
        Object.entries(WORDS).map(([name, [errno, sqlState, message]]) => [name, { errno, sqlState, message }]),
      ),
    );
  });

  it('is the server’s own word, however deep it lies', () => {
    for (const error of [
      DENIED,
      new ConnectError('p', DENIED),
      new Error('x', { cause: new Error('y', { cause: DENIED }) }),
    ])
      assert.deepEqual(errorFor(error), { errno: 1045, sqlState: '28000', message: "Access denied for user 'a'@'b'" });
  });

  it('is 1040 with the counts, when there was no session in time', async () => {
    const pool = without({ acquireTimeout: 10 });
    const { errno, sqlState, message } = errorFor(await thrownBy(pool.acquire()));
    assert.deepEqual([errno, sqlState], [1040, '08004']);
    assert.match(message, /^app@db:3306: no connection within \d+ ms \(connecting; size 1\/10, idle 0, in use 0/);
    await pool.close({ timeout: 0 });
  });

  it('is 1040 as well, when too many wait', async () => {
    const pool = without({ maxSize: 1, maxWaiters: 0, acquireTimeout: 10_000 });
    const first = thrownBy(pool.acquire());
    const { errno, message } = errorFor(await thrownBy(pool.acquire()));
    assert.equal(errno, 1040);
    assert.match(message, /maxWaiters/);
    await pool.close({ timeout: 0 });
    await first;
  });

  it('is 1053, when the gateway closes', () => {
    assert.equal(errorFor(new PoolClosedError('p')).errno, 1053);
  });

  it('is 2003, when the server cannot be reached', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { errno, message } = errorFor(new PoolUnavailableError('p', 5, 100, cause));
    assert.equal(errno, 2003);
    assert.match(message, /ECONNREFUSED/);
  });

  it('is 1835, for bytes that are no protocol', () => {
    assert.equal(errorFor(new WireError('what is this')).errno, 1835);
  });

  it('is of the kind of 2013, when the session was lost, and the server’s word where it has said one', () => {
    const { errno, message } = lostError(new Error('read ECONNRESET'));
    assert.equal(errno, 2013);
    assert.match(message, /^Lost connection to MySQL server during query \(read ECONNRESET\)$/);
    const killed = new ServerError({ errno: 1927, sqlState: '70100', message: 'Connection was killed' });
    assert.equal(lostError(killed).errno, 1927);
    assert.equal(errorFor(new Error('anything')).errno, 2013);
  });
});
