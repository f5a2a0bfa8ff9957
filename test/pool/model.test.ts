import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, it } from 'node:test';
import { keptLives, live, textOf } from './support/lives.js';
import { life, options, permits } from './support/model-operations.js';

const USUAL = 500;
const numRuns = Number(process.env['MYSQLPOOL_MODEL_RUNS'] ?? USUAL);
const seed = Number(process.env['MYSQLPOOL_MODEL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe('the model', () => {
  it(`holds over ${numRuns} random lives`, async (t) => {
    t.diagnostic(`MYSQLPOOL_MODEL_SEED=${seed}`);
    // Silences the warnings of pools that never get a connection.
    t.mock.method(process, 'emitWarning', () => undefined);
    // Diagnostics are shown when the test ends: in a long run, the seed must be known before.
    if (numRuns > USUAL) console.log(`MYSQLPOOL_MODEL_SEED=${seed}`);
    const lives = fc.record({ options, permits, operations: life });
    const report = await fc.check(fc.asyncProperty(lives, live), { numRuns, seed });
    if (!report.failed) return;
    const [shortest] = report.counterexample!;
    const keep = `To keep it, write this to test/pool/lives/NAME.json, with a description:\n${textOf(shortest)}`;
    const told = await fc.asyncDefaultReportMessage(report);
    throw new Error(`MYSQLPOOL_MODEL_SEED=${seed}\n${told}\n${keep}`, { cause: report.errorInstance });
  });

  for (const kept of keptLives()) {
    it(`${kept.file}: ${kept.description}`, async () => {
      assert.ok(kept.operations.length > 0);
      await live(kept);
    });
  }
});
