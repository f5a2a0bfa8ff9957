/** The message for a transaction that has ended unexpectedly: what happened, what may be left of it, and what to do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TransactionLostError, type TransactionLoss } from '#internal/mysql/errors.js';

const REFUSED = '; what follows is refused, as it would run outside of it; ';
const WHOLE = `${REFUSED}let that error propagate, and run the whole transaction again (option "retry")`;
const HALF = `; what came before may be committed${REFUSED}keep DDL, LOCK TABLES, BEGIN, COMMIT and ROLLBACK out of transaction()`;

const rows: readonly (readonly [TransactionLoss, string])[] = [
  [
    { how: 'failure', statement: 'UPDATE t SET a = ?', mayBeHalfDone: false },
    `the server has rolled the transaction back because "UPDATE t SET a = ?" failed${WHOLE}`,
  ],
  [
    { how: 'failure', statement: undefined, mayBeHalfDone: false },
    `the server has rolled the transaction back because a statement failed${WHOLE}`,
  ],
  [
    { how: 'failure', statement: 'DROP TABLE t', mayBeHalfDone: true },
    `"DROP TABLE t" has ended the transaction, and failed${HALF}`,
  ],
  [{ how: 'statement', statement: 'COMMIT', mayBeHalfDone: true }, `"COMMIT" has ended the transaction${HALF}`],
  [{ how: 'statement', statement: undefined, mayBeHalfDone: true }, `a statement has ended the transaction${HALF}`],
  [
    { how: 'savepoint', statement: 'SELECT 1', mayBeHalfDone: true },
    `a savepoint of the transaction is gone, so something has ended it${HALF}`,
  ],
];

describe('the error of a transaction that has ended without its function', () => {
  for (const [loss, text] of rows) {
    const { how, statement, mayBeHalfDone } = loss;
    it(`says so: ${how}, ${statement ?? 'not known'}, ${mayBeHalfDone ? 'perhaps half done' : 'rolled back'}`, () => {
      const cause = new Error('why');
      const error = new TransactionLostError('orders', loss, cause);
      assert.equal(error.message, `orders: ${text}: why`);
      assert.deepEqual([error.code, error.statement, error.cause], ['MYSQL_TRANSACTION_LOST', statement, cause]);
    });
  }
});
