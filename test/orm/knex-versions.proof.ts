import assert from 'node:assert/strict';
import { it } from 'node:test';
import { passedWith } from './support/other-version.js';

it('Knex 3.1.0 passes the suite of all ORMs', async () => {
  const { passed } = await passedWith('knex-3.1', { knex: '3.1.0' }, 'orm/knex.test.js');
  assert.equal(passed, 30);
});

it('Knex 2.5.1, which we do not know, passes it with a warning', async () => {
  const { passed, output } = await passedWith('knex-2.5', { knex: '2.5.1' }, 'orm/knex.test.js');
  assert.equal(passed, 30);
  assert.match(output, /Knex 2\.5\.1 is in use, but node-mysqlpool is tested with Knex 3\.3\.0, 3\.1\.0/);
});
