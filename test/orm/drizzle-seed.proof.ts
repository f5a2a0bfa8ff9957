import assert from 'node:assert/strict';
import { it } from 'node:test';
import { passedWith } from './support/other-version.js';

it('drizzle-seed 0.3.1 resets a database within a function of one connection', async () => {
  const packages = { 'drizzle-orm': '0.45.4', 'drizzle-seed': '0.3.1' };
  const { passed } = await passedWith('drizzle-seed', packages, 'orm/support/drizzle-seed.js');
  assert.equal(passed, 4);
});
