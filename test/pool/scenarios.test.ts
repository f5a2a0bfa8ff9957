import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Stage, type Scenario } from './support/scenario.js';

// In the source tree: the compiler does not copy JSON files.
const folder = join(__dirname, '..', '..', '..', 'test', 'pool', 'scenarios');
const KEYS = ['description', 'options', 'operations', 'ignore', 'events', 'borrowers', 'stats'];

describe('scenarios', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  assert.ok(files.length >= 12, 'the scenarios are missing');
  for (const file of files) {
    const scenario = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Scenario;
    it(`${file}: ${scenario.description}`, async () => {
      for (const key of Object.keys(scenario)) assert.ok(KEYS.includes(key), `unknown key ${key}`);
      const stage = new Stage(scenario);
      await stage.play();
      assert.deepEqual(stage.events, scenario.events);
      assert.deepEqual(stage.borrowers, scenario.borrowers);
      const { total: _, ...stats } = stage.fake.pool.stats();
      assert.deepEqual({ ...stats, ...scenario.stats }, stats);
      await stage.fake.finish();
    });
  }
});
