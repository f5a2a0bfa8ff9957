import assert from 'node:assert/strict';
import { it } from 'node:test';
import { otherNode, passedWith } from './support/other-version.js';

const SUITE = 'orm/support/lucid.js';

it('Lucid 21.8.2 passes the suite of all ORMs', async () => {
  const packages = { '@adonisjs/lucid': '21.8.2', '@adonisjs/core': '6.21.0', '@adonisjs/assembler': '7.8.2' };
  const { passed } = await passedWith('lucid-21', { ...packages, knex: '3.3.0', luxon: '3.7.2' }, SUITE);
  assert.equal(passed, 34);
});

it('Lucid 22.4.2 passes it on Node 24', async () => {
  const packages = { '@adonisjs/lucid': '22.4.2', '@adonisjs/core': '7.5.2', '@adonisjs/assembler': '8.5.2' };
  const dependencies = { ...packages, knex: '3.3.0', luxon: '3.7.2' };
  const { passed } = await passedWith('lucid-22', dependencies, SUITE, await otherNode(24));
  assert.equal(passed, 34);
});
