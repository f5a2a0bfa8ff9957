/** The message, the code and the further properties of each error of the MySQL layer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as errors from '#internal/mysql/errors.js';

type Row = readonly [
  Error & { readonly code: string },
  code: string,
  text: string,
  more?: Readonly<Record<string, unknown>>,
];

const cause = new Error('why');

const rows: readonly Row[] = [
  [
    new errors.QueryTimeoutError('shop', 'statement', 250),
    'MYSQL_QUERY_TIMEOUT',
    'the statement was stopped: it took longer than its timeout of 250 ms',
    { timeout: 250 },
  ],
  [
    new errors.QueryTimeoutError('shop', 'transaction', 1),
    'MYSQL_QUERY_TIMEOUT',
    'the transaction was stopped: it took longer than its timeout of 1 ms',
    { timeout: 1 },
  ],
  [
    new errors.TransactionEndedError('shop', cause),
    'MYSQL_TRANSACTION_ENDED',
    'the transaction has ended; await everything it starts, and do not use it after its function has returned: why',
    { cause },
  ],
  [
    new errors.TransactionOpenError('shop', 'connection'),
    'MYSQL_TRANSACTION_OPEN',
    'this connection has an open transaction already; for a nested one, call transaction() of the open one',
  ],
  [
    new errors.TransactionOpenError('shop', 'nested'),
    'MYSQL_TRANSACTION_OPEN',
    'a nested transaction is still open; await it before the next one begins, and before the outer one ends',
  ],
  [
    new errors.ConnectionLostError('shop', cause),
    'MYSQL_CONNECTION_LOST',
    'the connection was lost before this was sent; acquire another: why',
    { cause, fatal: true },
  ],
  [
    new errors.CommitUnknownError('shop', cause),
    'MYSQL_COMMIT_UNKNOWN',
    'the connection was lost during COMMIT: the transaction may or may not have been committed: why',
    { cause },
  ],
  [
    new errors.UncleanConnectionError('shop', 'a command was still running'),
    'MYSQL_UNCLEAN',
    'the connection cannot be lent again: a command was still running',
  ],
  [
    new errors.DriverTooOldError('shop', '2.3.0', '2.3.3'),
    'MYSQL_DRIVER_TOO_OLD',
    'mysql2 2.3.0 is installed, and 2.3.3 or later is needed: npm install mysql2@latest. An application that has to keep it ' +
      'can use node-mysqlpool/register',
    { found: '2.3.0', oldest: '2.3.3' },
  ],
  [
    new errors.DriverTooOldError('shop', undefined, '2.3.3'),
    'MYSQL_DRIVER_TOO_OLD',
    'mysql2 (its version cannot be told) is installed, and 2.3.3 or later is needed: npm install mysql2@latest. An ' +
      'application that has to keep it can use node-mysqlpool/register',
    { found: undefined },
  ],
  [
    new errors.NamedLockHeldError('shop', 'taken'),
    'MYSQL_NAMED_LOCK_HELD',
    'this named lock is already held by the only connection that is left, on which the server would grant it a second ' +
      'time; raise maxSize',
  ],
  [
    new errors.NamedLockHeldError('shop', 'apart'),
    'MYSQL_NAMED_LOCK_HELD',
    'these named locks are held by two connections, and a statement runs on one: release each by its own statement',
  ],
  [
    new errors.FleetFullError('shop', 'web', 12),
    'MYSQL_FLEET_FULL',
    'all 12 places of the fleet "web" are taken',
    { fleet: 'web', limit: 12 },
  ],
];

describe('an error of the MySQL layer', () => {
  for (const [error, code, text, more = {}] of rows) {
    it(`says what is the matter, and what to do: ${code}, ${text.slice(0, 30)}`, () => {
      assert.equal(error.message, `shop: ${text}`);
      assert.equal(error.code, code);
      assert.equal(error.name, error.constructor.name);
      for (const [name, value] of Object.entries(more)) assert.equal(Reflect.get(error, name), value, name);
    });
  }

  it('has its row here, or a file of its own', () => {
    const seen = new Set([...rows.map(([error]) => error.constructor), errors.TransactionLostError]);
    for (const each of Object.values(errors)) assert.ok(seen.has(each), each.name);
  });
});
