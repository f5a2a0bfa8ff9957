import * as fc from 'fast-check';
import { it } from 'node:test';
import { life, options, permits } from './support/model-operations.js';
import { Model } from './support/model.js';

const numRuns = Number(process.env['MYSQLPOOL_MODEL_RUNS'] ?? 500);
const seed = process.env['MYSQLPOOL_MODEL_SEED'];

it(`holds its invariants over ${numRuns} random lives`, async () => {
  const lives = fc.asyncProperty(options, permits, life, async (poolOptions, allowed, operations) => {
    const model = new Model(poolOptions, allowed);
    for (const operation of operations) await model.step(operation);
    await model.end();
  });
  // The report of a failure names the seed and the shortest life that fails.
  await fc.assert(lives, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) });
});
