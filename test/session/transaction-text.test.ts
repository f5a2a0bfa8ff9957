import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leavesTransactionOpen, transactionStepOf } from '#internal/session/transaction-text.js';

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
    for (const text of ['SELECT 1', '(select 1)', 'ROLLBACK TO a', '/* x */ insert into t values (1)'])
      assert.equal(leavesTransactionOpen(text), true, text);
    for (const text of ['CREATE TABLE t (a INT)', 'LOCK TABLES t READ', 'COMMIT', ''])
      assert.equal(leavesTransactionOpen(text), false, text);
  });
});
