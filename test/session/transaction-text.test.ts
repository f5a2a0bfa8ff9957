import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  endsTransaction,
  leavesTransactionOpen,
  mayCommitWithRows,
  transactionStepOf,
} from '#internal/session/transaction-text.js';

const STEPS = {
  begin: [
    'BEGIN',
    'begin work',
    '/* x */ START TRANSACTION READ ONLY',
    '-- x\nBEGIN',
    "/*!40101 START TRANSACTION */ # '",
  ],
  commit: ['COMMIT', 'commit and chain', '/*!40101 COMMIT */', ';(COMMIT'],
  rollback: ['ROLLBACK', 'rollback work;', '/*M! ROLLBACK */', 'ROLLBACK -- TO a'],
  'rollback to': ['ROLLBACK TO a', 'ROLLBACK WORK/**/TO a', 'rollback to savepoint a'],
  characteristics: ['SET TRANSACTION READ ONLY'],
  none: [
    'SELECT 1',
    '',
    'BEGIN NOT ATOMIC SELECT 1; END',
    'START SLAVE',
    'SET SESSION TRANSACTION READ ONLY',
    "'COMMIT'",
    'commits',
  ],
};

describe('what a text does to a transaction', () => {
  for (const [step, texts] of Object.entries(STEPS)) {
    for (const text of texts) it(`${step}: ${text}`, () => assert.equal(transactionStepOf(text), step));
  }

  it('knows what commits nothing by itself', () => {
    const open = ['SELECT 1', '(select 1)', 'ROLLBACK TO a', '/* x */ insert into t values (1)', 'SELECT 1; DO 2;'];
    for (const text of open) assert.equal(leavesTransactionOpen(text), true, text);
    const others = ['CREATE TABLE t (a INT)', 'LOCK TABLES t READ', 'LOAD INDEX INTO CACHE t', 'COMMIT', ''];
    for (const text of [...others, 'SELECT 1; CREATE TABLE t (a INT); INSERT INTO t VALUES (2)'])
      assert.equal(leavesTransactionOpen(text), false, text);
  });

  it('looks at all statements for one that ends it', () => {
    for (const text of [
      'COMMIT',
      'SELECT 1; COMMIT AND CHAIN',
      'DO 0; -- x\n begin',
      "SELECT ';'; (ROLLBACK); SELECT 1",
    ])
      assert.equal(endsTransaction(text), true, text);
    for (const text of [
      'SELECT 1',
      "INSERT INTO t VALUES ('; COMMIT')",
      'SELECT 1; ROLLBACK TO a',
      'BEGIN NOT ATOMIC SELECT 1; BEGIN SELECT 2; END; END',
      'SELECT a FROM t /* ; BEGIN */',
      'SELECT (COMMIT)',
      '',
    ])
      assert.equal(endsTransaction(text), false, text);
  });

  it('asks what has become of it after rows that no SELECT has', () => {
    for (const text of ['ANALYZE TABLE t', 'LOAD INDEX INTO CACHE t', 'EXECUTE q', 'SELECT 1; CHECK TABLE t'])
      assert.equal(mayCommitWithRows(text), true, text);
    for (const text of ["SELECT 'a;b'", 'SHOW TABLES', 'INSERT INTO t VALUES (1) RETURNING id', 'CALL p()'])
      assert.equal(mayCommitWithRows(text), false, text);
  });
});
